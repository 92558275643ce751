// The life of instances: order of destruction, processes, ids, handles, UUIDs.
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
  ])('is refused where %s', (_, on, call, ret) => {
    expect(codes(inSession(on, [call]))).toEqual([ret])
  })

  test('is refused where an instance lies already, and elsewhere not', () => {
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

  test('is refused beyond the number of engines', () => {
    // The one JPEG engine and the one OFA of an A30 serve one +me instance of either size.
    const calls = ['create gpu0 21', 'create gpu0 6', 'create gpu0 5']
    const { success, insufficientResources } = nvml
    expect(codes(inSession('A30 +mig', calls))).toEqual([success, insufficientResources, success])
  })
})

describe('destroying', () => {
  test('goes from the inside out', () => {
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

  test('waits for processes', () => {
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

  test('leaves other instances alone', () => {
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

describe('handles', () => {
  test('of a destroyed instance do not name the next one at the same place', () => {
    const calls = [
      'create gpu0 9 4 4',
      'keep @first gi gpu0 2',
      'destroy gpu0 2',
      'create gpu0 9 4 4',
      'info @first',
      'info gpu0 2',
    ]
    const answers = inSession(machine, calls)
    expect(answers[3]).toMatchObject({ ret: nvml.success, id: 2 })
    expect(answers[4]?.ret).toBe(nvml.invalidArgument)
    expect(answers[5]?.ret).toBe(nvml.success)
  })

  test('of a dead MIG device are not found by its ids and invalid elsewhere', () => {
    const calls = [
      'create gpu0 19',
      'create-ci gpu0 13 0',
      'keep @mig mig0.0',
      'keep @ci ci gpu0 13 0',
      'destroy-ci gpu0 13 0',
      'instance-id @mig',
      'identity @mig',
      'destroy-kept-ci @ci',
    ]
    expect(codes(inSession(machine, calls)).slice(5)).toEqual([
      nvml.notFound,
      nvml.invalidArgument,
      nvml.invalidArgument,
    ])
  })

  test('end with their session', () => {
    const calls = ['keep @gpu gpu0', 'shutdown', 'mode @gpu', 'init', 'mode @gpu', 'mode gpu0']
    expect(codes(inSession(machine, calls)).slice(2)).toEqual([
      nvml.uninitialized,
      nvml.success,
      nvml.invalidArgument,
      nvml.success,
    ])
  })

  test('work until the last of several sessions ends', () => {
    const calls = ['init', 'shutdown', 'mode gpu0', 'shutdown', 'count', 'shutdown']
    expect(codes(inSession(machine, calls)).slice(2)).toEqual([
      nvml.success,
      nvml.success,
      nvml.uninitialized,
      nvml.uninitialized,
    ])
  })
})

describe('MIG devices', () => {
  const build = ['create gpu0 9 4 4', 'create-ci gpu0 2 0', 'create-ci gpu0 2 0']

  test('are numbered by GPU instance id, then compute instance id, without holes', () => {
    const calls = [...build, 'create gpu0 19 0 1', 'create-ci gpu0 7 0', 'destroy-ci gpu0 2 0']
    const answers = inSession(machine, [
      ...calls,
      'identity mig0.0',
      'identity mig0.1',
      'mig gpu0 2',
      'mig gpu0 7',
    ]).slice(calls.length)
    expect(answers[0]).toMatchObject({ name: 'NVIDIA A100-SXM4-40GB MIG 1c.3g.20gb', index: 0 })
    expect(answers[1]).toMatchObject({ name: 'NVIDIA A100-SXM4-40GB MIG 1g.5gb', index: 1 })
    expect(codes(answers).slice(2)).toEqual([nvml.notFound, nvml.invalidArgument])
  })

  test('have the UUID of their place, whatever the profile', () => {
    const answers = inSession(machine, [
      'create gpu0 19 4 1',
      'create-ci gpu0 11 0',
      'identity mig0.0',
      'destroy-ci gpu0 11 0',
      'destroy gpu0 11',
      'create gpu0 20 4 1',
      'create-ci gpu0 11 0',
      'identity mig0.0',
      'create gpu0 19 5 1',
      'create-ci gpu0 12 0',
      'identity mig0.1',
      'identity gpu0',
    ])
    const uuid = (at: number): unknown => answers[at]?.['uuid']
    const version5 =
      /^(GPU|MIG)-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    expect(uuid(2)).toMatch(version5)
    expect(uuid(11)).toMatch(version5)
    expect(uuid(7)).toBe(uuid(2))
    expect(uuid(10)).not.toBe(uuid(2))
  })

  test('are found by both forms of their name, GPUs by one', () => {
    const [gpu, mig] = inSession(machine, [...build, 'identity gpu0', 'identity mig0.1']).slice(3)
    const uuid = String(gpu?.['uuid'])
    const found = inSession(machine, [
      ...build,
      `by-uuid ${uuid}`,
      `by-uuid ${mig?.['uuid']}`,
      `by-uuid MIG-${uuid}/2/1`,
      `by-uuid MIG-${uuid}/2/2`,
      `by-uuid MIG-${uuid}/2`,
      `by-uuid ${uuid.replace('GPU-', 'MIG-')}`,
      'by-uuid GPU-1',
    ]).slice(3)
    expect(found[0]).toMatchObject({ ret: nvml.success, isMig: 0 })
    expect(found[1]).toMatchObject({ ret: nvml.success, isMig: 1, gi: 2, ci: 1 })
    expect(found[2]).toMatchObject({ ret: nvml.success, isMig: 1, gi: 2, ci: 1 })
    expect(codes(found).slice(3)).toEqual([
      nvml.notFound,
      nvml.invalidArgument,
      nvml.notFound,
      nvml.notFound,
    ])
  })
})

describe('processes', () => {
  const calls = [
    'create gpu0 9 4 4',
    'create-ci gpu0 2 2',
    'control add-process pid=7 gpu=0 gi=2 ci=0 memory-mib=100',
    'control add-process pid=8 gpu=0 gi=2 ci=0 memory-mib=200',
  ]

  test('are listed by the rule of room in, number out', () => {
    const answers = inSession(machine, [...calls, 'processes gpu0 0', 'processes mig0.0 2']).slice(
      4,
    )
    expect(answers[0]).toMatchObject({ ret: nvml.insufficientSize, count: 2 })
    expect(answers[1]).toMatchObject({
      ret: nvml.success,
      processes: [
        { pid: 7, gi: 2, ci: 0 },
        { pid: 8, gi: 2, ci: 0 },
      ],
    })
  })

  test('hold the memory of their instance', () => {
    const [mig] = inSession(machine, [...calls, 'memory mig0.0']).slice(4)
    expect(mig).toMatchObject({ totalMiB: 19968, usedMiB: 300, freeMiB: 19668 })
  })

  test('go with a reboot', () => {
    const [, list] = inSession(machine, [...calls, 'control reboot', 'processes gpu0 8']).slice(4)
    expect(list).toMatchObject({ ret: nvml.success, count: 0 })
  })

  test('cannot be put on an instance that is not there', () => {
    const [answer] = inSession(machine, ['control add-process pid=7 gpu=0 gi=2 ci=0'])
    expect(answer?.ret).not.toBe(0)
  })
})
