import type { XidEvent } from '../../../types/machine/watch.js'
import type { MigState } from '../../../types/model/state.js'
import type { DriverEvent } from '../../driver/events.js'

/** Xids until somebody takes them. A GPU in trouble can report one over and over: it is counted. */
export interface XidCollector {
  add(event: DriverEvent): void
  take(state: MigState): readonly XidEvent[]
}

export function createXidCollector(onXid: () => void): XidCollector {
  const xids = new Map<string, { readonly event: DriverEvent; count: number }>()
  return {
    add(event) {
      const key = JSON.stringify(event)
      const same = xids.get(key)
      if (same === undefined) xids.set(key, { event, count: 1 })
      else same.count++
      onXid()
    },
    take(state) {
      const known = [...state.gpus, ...state.lostGpus]
      const taken = [...xids.values()].map(
        ({ event: { gpu, eventData, gpuInstanceId, computeInstanceId }, count }): XidEvent => ({
          kind: 'xid',
          gpu,
          gpuIndex: known.find(({ uuid }) => uuid !== null && uuid === gpu)?.index ?? null,
          xid: eventData,
          gpuInstanceId,
          computeInstanceId,
          count,
        }),
      )
      xids.clear()
      return taken
    },
  }
}
