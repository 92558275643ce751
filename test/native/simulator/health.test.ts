// Field values and performance samples.
import { expect, test } from 'vitest'
import { codes, inSession, nvml } from './shell.js'

test('fields are answered one by one, but not when the driver knows none of them', () => {
  const [known, unsupported, unknown] = inSession('A100-SXM4-40GB', [
    'field gpu0 184',
    'field gpu0 1',
    'field gpu0 100000',
  ])
  expect(known).toMatchObject({ ret: nvml.success, fieldRet: nvml.success })
  expect(unsupported).toMatchObject({ ret: nvml.success, fieldRet: nvml.notSupported })
  expect(unknown).toMatchObject({ ret: nvml.invalidArgument, fieldRet: nvml.invalidArgument })
})

test('a sample ends with its session', () => {
  const answers = inSession('H100 80GB HBM3', [
    'sample alloc @old',
    'sample get @old gpu0',
    'shutdown',
    'init',
    'sample get @old gpu0',
    'sample free @old',
    'sample alloc @new',
    'sample get @new gpu0',
    'sample free @new',
    'sample free @new',
  ])
  const { success, invalidArgument } = nvml
  expect(codes(answers)).toEqual([
    success,
    success,
    success,
    success,
    invalidArgument,
    invalidArgument,
    success,
    success,
    success,
    invalidArgument,
  ])
})
