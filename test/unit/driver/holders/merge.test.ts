import { describe, expect, test } from 'vitest'
import { mergeHolders } from '../../../../lib/driver/holders/merge-holders.js'
import type { OpenNodes } from '../../../../lib/system/scan-processes.js'
import type { GpuProcess } from '../../../../types/model/state.js'

const self = 1000
const capabilities = new Map([
  [12, { gpuMinor: 0, gpuInstanceId: 1, computeInstanceId: null }],
  [13, { gpuMinor: 0, gpuInstanceId: 1, computeInstanceId: 0 }],
  [14, { gpuMinor: 0, gpuInstanceId: 1, computeInstanceId: 1 }],
  [147, { gpuMinor: 1, gpuInstanceId: 1, computeInstanceId: null }],
  [148, { gpuMinor: 1, gpuInstanceId: 1, computeInstanceId: 0 }],
])

const opens = (gpus: readonly number[], caps: readonly number[] = []): OpenNodes => ({
  gpus: new Set(gpus),
  capabilities: new Set(caps),
})

const listed = (pid: number, gi: number | null, ci: number | null): GpuProcess => ({
  ...{ pid, command: 'python3', kind: 'compute', usedMemoryMiB: 8 },
  ...{ gpuInstanceId: gi, computeInstanceId: ci, foundBy: ['nvml'] },
})

/** Of each holder of GPU 0 what it holds, and how it was found. */
function merge(
  processes: Readonly<Record<number, OpenNodes>>,
  list: readonly GpuProcess[] = [],
): string[] {
  const entries = Object.entries(processes).map(([pid, nodes]) => [Number(pid), nodes] as const)
  const holders = mergeHolders({
    ...{ listed: list, gpuMinor: 0, capabilities },
    scan: { processes: new Map(entries), others: new Set(), unreadable: new Set(), self },
    detailsOf: () => ({ command: 'python3', commandLine: 'python3', container: null }),
  })
  return holders.map(({ pid, gpuInstanceId, computeInstanceId, opensNodeOnly, foundBy = [] }) => {
    const what = opensNodeOnly ? 'node' : `${gpuInstanceId}/${computeInstanceId}`
    return `${pid} ${what} ${foundBy.join('+')}`
  })
}

describe('a process', () => {
  test('in a compute instance has its GPU instance and the GPU open, too', () => {
    expect(merge({ 7: opens([0], [12, 13]) })).toEqual(['7 1/0 proc'])
  })

  test('in two compute instances is there twice', () => {
    expect(merge({ 7: opens([0], [12, 13, 14]) })).toEqual(['7 1/0 proc', '7 1/1 proc'])
  })

  test('with a GPU instance alone holds that', () => {
    expect(merge({ 7: opens([0], [12]) })).toEqual(['7 1/null proc'])
  })

  test('on another GPU counts there, and here by what it has open here', () => {
    expect(merge({ 7: opens([1], [147, 148]) })).toEqual([])
    expect(merge({ 7: opens([0, 1], [147, 148]) })).toEqual(['7 node proc'])
  })

  test('that may look at or configure MIG holds nothing by that', () => {
    expect(merge({ 7: opens([], [1, 2]) })).toEqual([])
  })
})

describe('whom NVML lists', () => {
  test('is not counted twice', () => {
    expect(merge({ 7: opens([0], [12, 13]) }, [listed(7, 1, 0)])).toEqual(['7 1/0 nvml+proc'])
    expect(merge({ 7: opens([0]) }, [listed(7, null, null)])).toEqual(['7 null/null nvml+proc'])
  })

  test('is believed where /proc shows nothing', () => {
    expect(merge({}, [listed(7, 1, 0)])).toEqual(['7 1/0 nvml'])
  })

  test('without an instance, by a driver before R470, is where its nodes say', () => {
    expect(merge({ 7: opens([0], [12, 14]) }, [listed(7, null, null)])).toEqual(['7 1/1 nvml+proc'])
  })

  test('may hold more than NVML says', () => {
    expect(merge({ 7: opens([0], [12, 13, 14]) }, [listed(7, 1, 0)])).toEqual([
      '7 1/0 nvml+proc',
      '7 1/1 proc',
    ])
  })
})

describe('this process', () => {
  test('has the GPU open for NVML', () => {
    expect(merge({ [self]: opens([0]) })).toEqual([])
  })

  test('counts where it works in an instance', () => {
    expect(merge({ [self]: opens([0], [12, 13]) })).toEqual([`${self} 1/0 proc`])
  })
})
