import { setTimeout as delay } from 'node:timers/promises'
import type { MigChange, MigStateUpdate, WatchOptions } from '../../../types/machine/watch.js'
import { toError } from '../../errors.js'
import { deepFreeze } from '../../model/freeze.js'
import { abortError } from '../operation/control.js'
import { keepUnchanged, listChanges } from './state-changes.js'
import { createXidCollector, openWatchedMachine, type WatchedMachine } from './watched-machine.js'

/** An apply makes one change after the other, and the driver sends an event for each. */
const leastGapMs = 50

/**
 * Reads the machine at intervals, and when an event of the driver reports a change, for as long as updates are awaited.
 * Ends when `leaving` is aborted; `onClosing` gets a promise that settles when everything is closed.
 */
export async function* followMigState(
  options: WatchOptions,
  intervalMs: number,
  leaving: AbortSignal,
  onClosing: (closing: Promise<void>) => void,
): AsyncGenerator<MigStateUpdate, undefined> {
  const signal = options.signal === undefined ? leaving : AbortSignal.any([leaving, options.signal])
  const wakeUp = createWakeUp()
  const xids = createXidCollector()
  const open = (): Promise<WatchedMachine> =>
    openWatchedMachine({ ...options, signal }, xids, wakeUp.wake)
  let machine: WatchedMachine | null = null
  let readable = true
  try {
    machine = await open()
    let state = await machine.read(signal)
    let readAt = performance.now()
    yield deepFreeze({ changes: [], state })
    for (;;) {
      await wakeUp.sleep(intervalMs, signal)
      const gap = Math.max(0, readAt + leastGapMs - performance.now())
      await delay(gap, undefined, { signal })
      readAt = performance.now()
      const changes: MigChange[] = []
      try {
        machine ??= await open()
        const now = keepUnchanged(state, await machine.read(signal))
        if (!readable) changes.push({ kind: 'readable' })
        readable = true
        changes.push(...listChanges(state, now))
        state = now
      } catch (error) {
        signal.throwIfAborted()
        if (readable) changes.push({ kind: 'unreadable', error: toError(error) })
        readable = false
        // NVML must be initialised again when the driver is back.
        await machine?.close().catch(() => {})
        machine = null
      }
      changes.push(...xids.take(state))
      if (changes.length > 0) yield Object.freeze({ changes: Object.freeze(changes), state })
    }
  } catch (error) {
    if (leaving.aborted) return undefined
    throw options.signal?.aborted ? abortError(options.signal.reason, 'the watch') : error
  } finally {
    const closing = machine?.close().catch(() => {})
    if (closing !== undefined) onClosing(closing)
    // A caller that has given up must not wait for a driver that hangs.
    if (!options.signal?.aborted) await closing
  }
}

/** A wait that ends after a time, or earlier by `wake`. */
interface WakeUp {
  /** Ends the wait, or the next one. */
  wake(): void
  /** Rejects with the signal's reason. */
  sleep(timeoutMs: number, signal: AbortSignal): Promise<void>
}

function createWakeUp(): WakeUp {
  let woken = false
  let end = (): void => {}
  return {
    wake() {
      woken = true
      end()
    },
    async sleep(timeoutMs, signal) {
      if (!woken && !signal.aborted)
        await new Promise<void>((resolve) => {
          end = (): void => {
            clearTimeout(timer)
            signal.removeEventListener('abort', end)
            resolve()
          }
          const timer = setTimeout(end, timeoutMs)
          signal.addEventListener('abort', end, { once: true })
        })
      woken = false
      signal.throwIfAborted()
    },
  }
}
