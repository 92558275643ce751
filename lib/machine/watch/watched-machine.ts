import type { DriverOptions } from '../../../types/machine/options.js'
import type { XidEvent } from '../../../types/machine/watch.js'
import type { MigState } from '../../../types/model/state.js'
import { type DriverEvent, type EventWatch, xidEvent } from '../../driver/events.js'
import { openSession } from '../../driver/session.js'

/** An open driver that calls `onEvent` for what its events report. */
export interface WatchedMachine {
  read(signal: AbortSignal): Promise<MigState>
  close(): Promise<void>
}

/** `onEvent` is called for an Xid, and for a MIG layout that has changed. */
export async function openWatchedMachine(
  options: DriverOptions,
  xids: XidCollector,
  onEvent: () => void,
): Promise<WatchedMachine> {
  const session = await openSession(options)
  let events: EventWatch | null = null
  /** The GPUs whose events are watched; empty when that has ended. */
  let watched = ''

  async function watch(state: MigState): Promise<void> {
    const gpus = state.gpus.map(({ uuid }) => uuid)
    if (gpus.join() === watched) return
    watched = gpus.join()
    const before = events
    events = await session.watchEvents(gpus, {
      onEvent: (event) => {
        if (event.eventType === xidEvent) xids.add(event)
        onEvent()
      },
      onGap: onEvent,
      // The next read begins again. Not at once: a driver that fails every time would keep us busy.
      onEnd: () => {
        watched = ''
      },
    })
    // After the new watch has begun, so that no event is missed.
    await before?.close()
  }

  return {
    async read(signal) {
      const state = await session.readState({ signal })
      await watch(state)
      return state
    },
    async close() {
      await events?.close()
      await session.close()
    },
  }
}

/** Xids since they were taken last. A GPU in trouble can report one over and over, so each is counted. */
export interface XidCollector {
  add(event: DriverEvent): void
  take(state: MigState): readonly XidEvent[]
}

export function createXidCollector(): XidCollector {
  const xids = new Map<string, { readonly event: DriverEvent; count: number }>()
  return {
    add(event) {
      const key = JSON.stringify(event)
      const same = xids.get(key)
      if (same === undefined) xids.set(key, { event, count: 1 })
      else same.count++
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
