// Field values and performance samples.
import { expect, test } from 'vitest'
import { codes, inSession, nvml } from './shell.js'

test('field values are answered one by one, unless the driver knows none of them', () => {
  const [known, unsupported, unknown] = inSession('A100-SXM4-40GB', [
    'field gpu0 184',
    'field gpu0 1',
    'field gpu0 100000',
  ])
  expect(known).toMatchObject({ ret: nvml.success, fieldRet: nvml.success })
  expect(unsupported).toMatchObject({ ret: nvml.success, fieldRet: nvml.notSupported })
  expect(unknown).toMatchObject({ ret: nvml.invalidArgument, fieldRet: nvml.invalidArgument })
})

// NVML's header, nvmlDeviceGetTotalEccErrors: NOT_SUPPORTED without ECC, INVALID_ARGUMENT for an unknown type.
test('a GPU with ECC has counted no errors, and one without ECC counts none', () => {
  const build = ['create gpu0 9', 'create-ci gpu0 2 2']
  const answers = inSession('A100-SXM4-40GB +mig, DGX Display', [
    ...build,
    'ecc-total gpu0 0 0',
    'ecc-total gpu0 1 1',
    'ecc-total gpu0 2 0',
    'ecc-total gpu0 0 2',
    'ecc-total gpu1 0 0',
    'ecc-total mig0.0 1 0',
  ]).slice(build.length)
  const { success, invalidArgument, notSupported } = nvml
  expect(answers.map(({ ret, count }) => [ret, count])).toEqual([
    [success, 0],
    [success, 0],
    [invalidArgument, 99],
    [invalidArgument, 99],
    [notSupported, 99],
    [invalidArgument, 99],
  ])
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
