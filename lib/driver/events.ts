import type { GpuUuid } from '../../types/model/state.js'
import type { DriverEvent, NativeAddon } from './addon/addon.js'
import type { NvmlFailure } from './addon/outcome.js'
import type { Connection } from './connection/connection.js'
import { noteLayoutEvent } from './connection/stale-devices.js'

export type { DriverEvent }

/** `nvmlEventTypeXidCriticalError`, a bit of `DriverEvent.eventType`. */
export const xidEvent = 0x8

export interface EventListener {
  onEvent(event: DriverEvent): void
  /** The driver was closed for a while: events of that time are missing. */
  onGap?(): void
  /**
   * No more events will come: the driver fails, or has shut down. Null: it was closed for a while and gives
   * none since then.
   */
  onEnd(failure: NvmlFailure | null): void
}

export interface EventWatch {
  /** Resolves when nothing of the watch is left. Idempotent. */
  close(): Promise<void>
}

/**
 * Events of these GPUs from now on: Xids, and changes of a layout. Null if the driver, the GPUs or the
 * rights of this process give none. While NVML is closed, events are missed.
 */
export async function watchEvents(
  connection: Connection,
  gpus: readonly GpuUuid[],
  listener: EventListener,
): Promise<EventWatch | null> {
  const hearing: EventListener = {
    ...listener,
    onEvent(event) {
      if (event.eventType !== xidEvent) noteLayoutEvent(connection.machine)
      listener.onEvent(event)
    },
  }
  const listen = (): Promise<EventWatch | null> =>
    connection.run((addon, session) => startWatch(addon, session, gpus, hearing))
  let current = await listen()
  if (current === null) return null
  let closed = false
  const leave = connection.alongside({
    async suspend() {
      await current?.close()
    },
    async resume() {
      if (closed) return
      current = await listen().catch(() => null)
      if (closed) await current?.close()
      else if (current === null) listener.onEnd(null)
      else listener.onGap?.()
    },
  })
  return {
    async close() {
      closed = true
      leave()
      await current?.close()
    },
  }
}

async function startWatch(
  addon: NativeAddon,
  session: number,
  gpus: readonly GpuUuid[],
  listener: EventListener,
): Promise<EventWatch | null> {
  let end = (): void => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const outcome = await addon.watchEvents(session, gpus, (news) => {
    if (news?.ok === true) {
      listener.onEvent(news.value)
      return
    }
    end()
    if (news !== null) listener.onEnd(news)
  })
  if (!outcome.ok) return null
  return {
    close: () => {
      addon.stopWatchingEvents(outcome.value)
      return ended
    },
  }
}
