// Faults and latencies, as an NVML client notices them.
import { describe, expect, test } from 'vitest'
import { codes, inSession, nvml } from './shell.js'

const machine = 'A100-SXM4-40GB +mig'
const unknown = 999

describe('a fault', () => {
  test('a fault strikes the calls of its function, with any version in the name, and no others', () => {
    const calls = [
      'control fail fn=nvmlDeviceGetCount nth=2 times=2 error=NVML_ERROR_UNKNOWN',
      'count',
      'mode gpu0',
      'count',
      'count',
      'count',
    ]
    expect(codes(inSession(machine, calls)).slice(1)).toEqual([0, 0, unknown, unknown, 0])
  })

  test('a struck call changes nothing and is in the journal', () => {
    const calls = [
      'control fail fn=nvmlDeviceCreateGpuInstance error=NVML_ERROR_IN_USE',
      'create gpu0 9',
      'list gpu0 9',
      'control journal',
      'create gpu0 9',
    ]
    const [, failed, list, journal, created] = inSession(machine, calls)
    expect(failed?.ret).toBe(nvml.inUse)
    expect(list?.['ids']).toEqual([])
    expect(journal?.['reply']).toMatchObject([
      { fn: 'nvmlDeviceCreateGpuInstance', gpu: 0, profileId: 9, ret: nvml.inUse },
    ])
    expect(created?.ret).toBe(nvml.success)
  })

  test('a call that claims success under a fault does nothing and writes nothing', () => {
    const calls = [
      ...['nvmlDeviceCreateGpuInstance', 'nvmlDeviceGetMigMode', 'nvmlDeviceSetMigMode'].map(
        (fn) => `control fail fn=${fn} error=0`,
      ),
      'create gpu0 9',
      'mode gpu0',
      'set-mode gpu0 0',
      'list gpu0 9',
      'mode gpu0',
      'control journal',
    ]
    const [created, mode, set, list, again, journal] = inSession(machine, calls).slice(3)
    // The shell then reads the instance, without a handle of one.
    expect(created?.ret).toBe(nvml.invalidArgument)
    // The values that the shell had before the call.
    expect([mode, again]).toMatchObject([
      { ret: nvml.success, current: 9, pending: 9 },
      { ret: nvml.success, current: 1, pending: 1 },
    ])
    expect([set?.ret, list?.['ids']]).toEqual([nvml.success, []])
    expect(journal?.['reply']).toMatchObject([
      { fn: 'nvmlDeviceCreateGpuInstance', profileId: 9, ret: nvml.success, injected: true },
      { fn: 'nvmlDeviceSetMigMode', ret: nvml.success, injected: true },
    ])
  })

  test('a fault does not count calls of a function with a longer name', () => {
    const calls = [
      'control fail fn=nvmlDeviceCreateGpuInstance error=NVML_ERROR_IN_USE',
      'create gpu0 9 0 4',
      'create gpu0 9',
    ]
    expect(codes(inSession(machine, calls)).slice(1)).toEqual([nvml.success, nvml.inUse])
  })

  test('a cleared fault strikes no call', () => {
    const calls = [
      'control fail fn=nvmlDeviceGetCount times=1000 error=NVML_ERROR_UNKNOWN',
      'count',
      'control clear-faults',
      'count',
    ]
    const answers = codes(inSession(machine, calls))
    expect([answers[1], answers[3]]).toEqual([unknown, 0])
  })
})

test.each([
  ['a latency', 'latency fn=nvmlDeviceGetMigMode us=30000', ['mode gpu0'], 30],
  ['a hang', 'fail fn=nvmlDeviceGetMigMode hang-ms=30', ['mode gpu0'], 30],
  // 0.16 s to create and 0.20 s to destroy one slice.
  ['the A100 preset', 'latency preset=a100', ['create gpu0 19', 'destroy gpu0 13'], 360],
])('with the latency %s, calls take their time', (_, command, calls, atLeastMs) => {
  const start = performance.now()
  const answers = inSession(machine, [`control ${command}`, ...calls])
  expect(performance.now() - start).toBeGreaterThanOrEqual(atLeastMs)
  expect(new Set(codes(answers))).toEqual(new Set([0]))
})
