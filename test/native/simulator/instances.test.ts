// Creating and destroying GPU instances and compute instances.
import { describe, expect, test } from 'vitest'
import { codes, inSession, nvml } from './shell.js'

const machine = 'A100-SXM4-40GB +mig'

describe('creating', () => {
  test.each([
    ['MIG mode is off', 'A100-SXM4-40GB', 'create gpu0 19', nvml.notSupported],
    ['the GPU has no MIG', 'T4', 'create gpu0 19', nvml.notSupported],
    ['no profile has that id', machine, 'create gpu0 18', nvml.invalidArgument],
    ['the profile has no such start', machine, 'create gpu0 14 1 2', nvml.invalidArgument],
    ['the profile has no such size', machine, 'create gpu0 9 0 3', nvml.invalidArgument],
    ['the place is far outside', machine, 'create gpu0 19 256 1', nvml.invalidArgument],
    ['the handle is null', machine, 'create null 19', nvml.invalidArgument],
    ['the handle was never given', machine, 'create garbage 19', nvml.invalidArgument],
  ])('creating an instance is refused: %s', (_, on, call, ret) => {
    expect(codes(inSession(on, [call]))).toEqual([ret])
  })

  test('creating an instance is refused over another one, and succeeds elsewhere', () => {
    const calls = [
      'create gpu0 9 4 4',
      'create gpu0 19 4 1',
      'create gpu0 9 4 4',
      'create gpu0 5 0 4',
    ]
    const { success, insufficientResources } = nvml
    expect(codes(inSession(machine, calls))).toEqual([
      success,
      insufficientResources,
      insufficientResources,
      success,
    ])
  })

  test('creating an instance is refused when the engines are used up', () => {
    // An A30 has one JPEG engine and one OFA, enough for one +me instance of either size.
    const calls = ['create gpu0 21', 'create gpu0 6', 'create gpu0 5']
    const { success, insufficientResources } = nvml
    expect(codes(inSession('A30 +mig', calls))).toEqual([success, insufficientResources, success])
  })
})

describe('destroying', () => {
  test('compute instances must be destroyed before their GPU instance', () => {
    const calls = [
      'create gpu0 9',
      'create-ci gpu0 2 2',
      'destroy gpu0 2',
      'destroy-ci gpu0 2 0',
      'destroy gpu0 2',
      'destroy gpu0 2',
    ]
    expect(codes(inSession(machine, calls)).slice(2)).toEqual([
      nvml.inUse,
      nvml.success,
      nvml.success,
      nvml.invalidArgument,
    ])
  })

  test('an instance in use by a process is not destroyed', () => {
    const calls = [
      'create gpu0 9',
      'create-ci gpu0 2 2',
      'control add-process pid=7 gpu=0 gi=2 ci=0',
      'destroy-ci gpu0 2 0',
      'control remove-process pid=7',
      'destroy-ci gpu0 2 0',
    ]
    const answers = codes(inSession(machine, calls))
    expect([answers[3], answers[5]]).toEqual([nvml.inUse, nvml.success])
  })

  test('destroying an instance leaves the others unchanged', () => {
    const calls = [
      'create gpu0 9',
      'create gpu0 14',
      'keep @other gi gpu0 3',
      'destroy gpu0 2',
      'info @other',
      'list gpu0 14',
    ]
    const answers = inSession(machine, calls)
    expect(answers[4]).toMatchObject({ ret: nvml.success, id: 3, start: 0, size: 2 })
    expect(answers[5]).toMatchObject({ ret: nvml.success, ids: [3] })
  })
})
