import { describe, expect, test } from 'vitest'
import { mergeHolders } from '../../../../lib/driver/holders/merge-holders.js'
import type { OpenNodes } from '../../../../lib/system/scan-processes.js'
import type { GpuProcess } from '../../../../types/model/state.js'

const self = 1000
const capabilities = new Map([
  [12, { gpuMinor: 0, gpuInstanceId: 1, computeInstanceId: null }],
  [13, { gpuMinor: 0, gpuInstanceId: 1, computeInstanceId: 0 }],
  [14, { gpuMinor: 0, gpuInstanceId: 1, computeInstanceId: 1 }],
  [21, { gpuMinor: 0, gpuInstanceId: 2, computeInstanceId: null }],
  [22, { gpuMinor: 0, gpuInstanceId: 2, computeInstanceId: 0 }],
  [147, { gpuMinor: 1, gpuInstanceId: 1, computeInstanceId: null }],
  [148, { gpuMinor: 1, gpuInstanceId: 1, computeInstanceId: 0 }],
])

const opens = (gpus: readonly number[], caps: readonly number[] = []): OpenNodes => ({
  gpus: new Set(gpus),
  capabilities: new Set(caps),
})

const listed = (pid: number, gi: number | null, ci: number | null): GpuProcess => ({
  pid,
  command: 'python3',
  kind: 'compute',
  usedMemoryMiB: 8,
  gpuInstanceId: gi,
  computeInstanceId: ci,
  foundBy: ['nvml'],
})

/** What each holder of GPU 0 holds, and how it was found. */
function merge(
  processes: Readonly<Record<number, OpenNodes>>,
  list: readonly GpuProcess[] = [],
): string[] {
  const entries = Object.entries(processes).map(([pid, nodes]) => [Number(pid), nodes] as const)
  const holders = mergeHolders({
    listed: list,
    gpuMinor: 0,
    capabilities,
    scan: { processes: new Map(entries), others: new Set(), unreadable: new Set(), self },
    detailsOf: () => ({ command: 'python3', commandLine: 'python3', container: null }),
  })
  return holders.map(({ pid, gpuInstanceId, computeInstanceId, opensNodeOnly, foundBy = [] }) => {
    const what = opensNodeOnly ? 'node' : `${gpuInstanceId}/${computeInstanceId}`
    return `${pid} ${what} ${foundBy.join('+')}`
  })
}

describe('processes with open device nodes', () => {
  test('a process in a compute instance holds only that, although it has the GPU instance and the GPU open, too', () => {
    expect(merge({ 7: opens([0], [12, 13]) })).toEqual(['7 1/0 proc'])
  })

  test('a process in two compute instances is listed twice', () => {
    expect(merge({ 7: opens([0], [12, 13, 14]) })).toEqual(['7 1/0 proc', '7 1/1 proc'])
  })

  test('a process with only a GPU instance open holds the GPU instance', () => {
    expect(merge({ 7: opens([0], [12]) })).toEqual(['7 1/null proc'])
  })

  test('a process in an instance of another GPU holds this GPU only if it has its node open', () => {
    expect(merge({ 7: opens([1], [147, 148]) })).toEqual([])
    expect(merge({ 7: opens([0, 1], [147, 148]) })).toEqual(['7 node proc'])
  })

  test('a process with the capability to monitor or to configure MIG holds nothing through it', () => {
    expect(merge({ 7: opens([], [1, 2]) })).toEqual([])
  })
})

describe('processes that NVML lists', () => {
  test('a process that NVML lists in one GPU instance also holds the other that it has open', () => {
    const both = opens([0], [12, 13, 21, 22])
    expect(merge({ 7: both }, [listed(7, 1, 0)])).toEqual(['7 1/0 nvml+proc', '7 2/0 proc'])
    expect(merge({ 7: opens([0], [21]) }, [listed(7, 1, 0)])).toEqual([
      '7 1/0 nvml+proc',
      '7 2/null proc',
    ])
    expect(merge({ 7: both }, [listed(7, 1, 0), listed(7, 2, 0)])).toEqual([
      '7 1/0 nvml+proc',
      '7 2/0 nvml+proc',
    ])
  })

  test('a process that NVML lists and that has the nodes open is listed once', () => {
    expect(merge({ 7: opens([0], [12, 13]) }, [listed(7, 1, 0)])).toEqual(['7 1/0 nvml+proc'])
    expect(merge({ 7: opens([0]) }, [listed(7, null, null)])).toEqual(['7 null/null nvml+proc'])
  })

  test('a process that NVML lists holds its instance even if /proc does not show it', () => {
    expect(merge({}, [listed(7, 1, 0)])).toEqual(['7 1/0 nvml'])
  })

  test('a process that a driver before R470 lists without an instance holds the instance of its open nodes', () => {
    expect(merge({ 7: opens([0], [12, 14]) }, [listed(7, null, null)])).toEqual(['7 1/1 nvml+proc'])
  })

  test('a process holds the instance that NVML lists and the instances of its open nodes', () => {
    expect(merge({ 7: opens([0], [12, 13, 14]) }, [listed(7, 1, 0)])).toEqual([
      '7 1/0 nvml+proc',
      '7 1/1 proc',
    ])
  })
})

describe('the calling process', () => {
  test('the calling process does not count for the GPU node that its NVML has open', () => {
    expect(merge({ [self]: opens([0]) })).toEqual([])
  })

  test('the calling process counts if it works in an instance', () => {
    expect(merge({ [self]: opens([0], [12, 13]) })).toEqual([`${self} 1/0 proc`])
  })
})
