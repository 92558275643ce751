import { describe, expect, test } from 'vitest'
import { keepUnchanged, listChanges } from '../../../../lib/machine/watch/state-changes.js'
import { createXidCollector } from '../../../../lib/machine/watch/watched-machine.js'
import type { LostGpu, MigState } from '../../../../types/model/state.js'
import { stateOf } from '../../../support/state.js'

const all = stateOf([{ key: 'a100-40gb', count: 3, instances: ['3g.20gb@0'] }])

/** `0 1 lost:2`; `lost:2?` has no UUID any more. */
function machine(text: string): MigState {
  const parts = text.split(' ')
  const lostGpus = parts.flatMap((part): LostGpu[] => {
    const [, index, unknown] = /^lost:(\d)(\??)$/.exec(part) ?? []
    if (index === undefined) return []
    const uuid = unknown === '?' ? null : (all.gpus[Number(index)]?.uuid ?? null)
    return [{ index: Number(index), uuid }]
  })
  return { ...all, gpus: all.gpus.filter(({ index }) => parts.includes(`${index}`)), lostGpus }
}

describe('GPUs that come and go', () => {
  test.each([
    ['0 1 2', '0 1 2', []],
    ['0 1', '0 1 2', ['gpu-found 2']],
    ['0 1 2', '0 2', ['gpu-gone 1']],
    ['0 1 2', '0 2 lost:1', ['gpu-lost 1']],
    ['0 1 2', '0 2 lost:1?', ['gpu-lost 1']],
    // The index of another one that is lost without a UUID is not that of the one that is gone.
    ['0 1 2', '0 lost:1?', ['gpu-lost 1', 'gpu-gone 2']],
    ['0 2 lost:1', '0 2 lost:1', []],
    ['0 2 lost:1', '0 2 lost:1?', []],
    ['0 2 lost:1?', '0 2 lost:1', []],
    ['0 2 lost:1', '0 2', ['gpu-gone 1']],
    ['0 2 lost:1?', '0 2', ['gpu-gone 1']],
    ['0 2 lost:1', '0 1 2', ['gpu-found 1']],
    ['0 2 lost:1?', '0 1 2', ['gpu-found 1']],
    // One that was not there before can be lost at the first look.
    ['0 2', '0 2 lost:1', ['gpu-lost 1']],
    ['0 lost:1 lost:2', '0 lost:1', ['gpu-gone 2']],
    ['0 lost:1', '0 lost:1 lost:2', ['gpu-lost 2']],
  ])('from %s to %s the changes are %j', (before, after, changes) => {
    const found = listChanges(machine(before), machine(after))
    expect(
      found.map((change) => ('gpuIndex' in change ? `${change.kind} ${change.gpuIndex}` : '')),
    ).toEqual(changes)
  })

  test('a GPU that departs is named by its UUID, also when the driver gives none any more', () => {
    const [change] = listChanges(machine('0 1'), machine('0 lost:1?'))
    expect(change).toEqual({ kind: 'gpu-lost', gpu: all.gpus[1]?.uuid, gpuIndex: 1 })
  })
})

describe('a state that has been read again', () => {
  test('GPUs on which nothing has changed are the same objects as before', () => {
    const again = structuredClone(all)
    const kept = keepUnchanged(all, {
      ...again,
      gpus: again.gpus.map((gpu) => (gpu.index === 1 ? { ...gpu, gpuInstances: [] } : gpu)),
    })
    expect(kept.gpus.map((gpu, index) => gpu === all.gpus[index])).toEqual([true, false, true])
    expect(kept.gpus[1]?.gpuInstances).toEqual([])
    expect(Object.isFrozen(kept.gpus)).toBe(true)
  })

  test('a new driver version is part of it', () => {
    const kept = keepUnchanged(all, { ...structuredClone(all), driverVersion: '999.1' })
    expect(kept.driverVersion).toBe('999.1')
    expect(kept.gpus[0]).toBe(all.gpus[0])
  })
})

describe('Xids between two updates', () => {
  const event = (gpu: string | null, eventData: number) =>
    ({ gpu, eventType: 8, eventData, gpuInstanceId: null, computeInstanceId: null }) as Parameters<
      ReturnType<typeof createXidCollector>['add']
    >[0]
  const uuidAt = (index: number) => all.gpus[index]?.uuid ?? null

  test('each Xid is counted, and has the index of its GPU, also of a lost one', () => {
    const xids = createXidCollector()
    for (const each of [event(uuidAt(0), 63), event(uuidAt(1), 79), event(uuidAt(0), 63)])
      xids.add(each)
    expect(
      xids.take(machine('0 2 lost:1')).map(({ gpuIndex, xid, count }) => [gpuIndex, xid, count]),
    ).toEqual([
      [0, 63, 2],
      [1, 79, 1],
    ])
    expect(xids.take(all)).toEqual([])
  })

  test('an Xid of a GPU that is not there, or of none, has no index', () => {
    const xids = createXidCollector()
    xids.add(event(uuidAt(1), 79))
    xids.add(event(null, 13))
    expect(xids.take(machine('0 lost:2?')).map(({ gpuIndex }) => gpuIndex)).toEqual([null, null])
  })
})
