import type { DriverOptions } from '../../../types/machine/options.js'
import type { MigState } from '../../../types/model/state.js'
import { type DriverEvent, type EventWatch, xidEvent } from '../../driver/events.js'
import { openSession } from '../../driver/session.js'

export interface DriverListener {
  onXid(event: DriverEvent): void
  /** A MIG layout has changed. */
  onChange(): void
}

/** An open driver that tells what it can by itself. */
export interface WatchedMachine {
  look(signal: AbortSignal): Promise<MigState>
  close(): Promise<void>
}

export async function openWatchedMachine(
  options: DriverOptions,
  listener: DriverListener,
): Promise<WatchedMachine> {
  const session = await openSession(options)
  let events: EventWatch | null = null
  /** The GPUs that were asked for events; empty when they must be asked again. */
  let asked = ''

  async function listen(state: MigState): Promise<void> {
    const gpus = state.gpus.map(({ uuid }) => uuid)
    if (gpus.join() === asked) return
    asked = gpus.join()
    const before = events
    events = await session.watchEvents(gpus, {
      onEvent: (event) => {
        if (event.eventType === xidEvent) listener.onXid(event)
        else listener.onChange()
      },
      onGap: listener.onChange,
      // Not at once: a driver that fails every time would keep us busy.
      onEnd: () => {
        asked = ''
      },
    })
    // Now, so that there is no moment in which nobody listens.
    await before?.close()
  }

  return {
    async look(signal) {
      const state = await session.readState({ signal })
      await listen(state)
      return state
    },
    async close() {
      await events?.close()
      await session.close()
    },
  }
}
