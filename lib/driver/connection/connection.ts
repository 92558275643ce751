import type { DriverOptions, LibraryRef } from '../../../types/machine/options.js'
import type { GpuUuid } from '../../../types/model/state.js'
import { untilAborted } from '../../model/abort.js'
import type {
  NativeAddon,
  NativeCallCounts,
  OpenedSession,
  SessionCallCounts,
} from '../addon/addon.js'
import type { GpuInstanceProfileSnapshot } from '../addon/gpu-snapshot.js'
import { loadNative } from '../addon/native.js'
import { unwrap } from '../addon/outcome.js'
import { joinMachine, type Suspendable, withNvmlClosed } from './open-connections.js'
import { openLibrary, resolveLibrary } from './open-library.js'
import { type CallWatch, createCallWatch } from './slow-calls.js'
import { forgetMachine } from './stale-devices.js'

/** An initialised NVML: a session of the addon. */
export interface Connection extends Omit<OpenedSession, 'session'> {
  /** Equal for all connections to one machine. */
  readonly machine: string
  /** The table that a snapshot names by its number. */
  profileTable(number: number): readonly GpuInstanceProfileSnapshot[]
  /** The driver calls so far, including the opening. */
  callCounts(): SessionCallCounts
  /** Makes native calls. Rejects with a `TypeError` when the connection is closed. */
  run<T>(call: (addon: NativeAddon, session: number) => Promise<T>): Promise<T>
  /**
   * Runs `work` while this thread has the machine's NVML shut down. Calls on this connection and on the
   * thread's other connections to the machine wait. Handles are renewed afterwards.
   */
  whileClosed<T>(work: (addon: NativeAddon, library: LibraryRef) => Promise<T>): Promise<T>
  /** Reports other work as slow, in the same way as a call of the addon. */
  readonly watchCall: CallWatch['watch']
  /** Suspends something else that keeps NVML open together with this connection. Returns a function that ends this. */
  alongside(suspendable: Suspendable): () => void
  /** Waits for the calls that have begun, then shuts NVML down unless another session needs it. Idempotent. */
  close(): Promise<void>
}

/**
 * Rejects with `MIG_NATIVE_UNAVAILABLE`, `MIG_DRIVER_NOT_FOUND`, the `NvmlError` of the initialisation, or
 * the reason of the signal. Then nothing stays open.
 */
export async function openConnection(options: DriverOptions): Promise<Connection> {
  options.signal?.throwIfAborted()
  const { around, watch } = createCallWatch(options)
  const addon = around(loadNative())
  const library = resolveLibrary(options.library)
  const opening = openLibrary(addon, library).then((opened) =>
    createConnection(addon, library, opened, watch),
  )
  try {
    return await untilAborted(opening, options.signal)
  } catch (error) {
    // It may still open after the abort.
    opening.then(
      (session) => session.close(),
      () => {},
    )
    throw error
  }
}

function createConnection(
  addon: NativeAddon,
  library: LibraryRef,
  { session: opened, ...about }: OpenedSession,
  watchCall: CallWatch['watch'],
): Connection {
  const machine = JSON.stringify([about.libraryPath, library.selector])
  const begun = new Set<Promise<unknown>>()
  /** Null while NVML is not open. */
  let session: number | null = opened
  let counted = noCalls
  let closing: Promise<void> | undefined
  let suspension: { readonly over: Promise<void>; readonly end: () => void } | undefined
  let reopening: Promise<number> | undefined

  async function run<T>(call: (addon: NativeAddon, session: number) => Promise<T>): Promise<T> {
    while (suspension !== undefined) await suspension.over
    if (closing !== undefined) throw new TypeError('this driver session is closed')
    const running = call(addon, session ?? (await reopen()))
    begun.add(running)
    try {
      return await running
    } finally {
      begun.delete(running)
    }
  }

  /** A driver that was absent after a reset may be back by the next call. */
  function reopen(): Promise<number> {
    reopening ??= openLibrary(addon, library)
      .then((again) => {
        session = again.session
        return session
      })
      .finally(() => {
        reopening = undefined
      })
    return reopening
  }

  async function letGo(): Promise<void> {
    await reopening?.catch(() => {})
    await Promise.allSettled(begun)
    if (session === null) return
    const last = session
    counted = callCounts()
    session = null
    unwrap(await addon.close(last))
  }

  function callCounts(): SessionCallCounts {
    return session === null ? counted : addCounts(counted, addon.callCounts(session))
  }

  const leave = joinMachine(machine, {
    async suspend() {
      // A connection that is closing releases NVML by itself.
      if (closing !== undefined) return closing
      suspension = beginSuspension()
      return letGo()
    },
    async resume() {
      if (suspension === undefined) return
      // If reopening fails, the next caller gets the error.
      if (closing === undefined) await reopen().catch(() => {})
      suspension.end()
      suspension = undefined
    },
  })

  async function closeNow(): Promise<void> {
    await suspension?.over
    if (leave()) forgetMachine(machine)
    await letGo()
  }

  return {
    ...about,
    machine,
    profileTable: (number) => addon.profileTable(number),
    callCounts,
    run,
    watchCall,
    alongside: (suspendable) => joinMachine(machine, suspendable),
    whileClosed: (work) => withNvmlClosed(machine, () => work(addon, library)),
    close: () => {
      closing ??= closeNow()
      return closing
    },
  }
}

function beginSuspension(): { readonly over: Promise<void>; readonly end: () => void } {
  let end = (): void => {}
  const over = new Promise<void>((resolve) => {
    end = resolve
  })
  return { over, end }
}

const noCalls: SessionCallCounts = { total: 0, changing: 0, gpus: {} }

function addCounts(a: SessionCallCounts, b: SessionCallCounts): SessionCallCounts {
  const gpus: Record<GpuUuid, NativeCallCounts> = { ...a.gpus }
  for (const [gpu, counts] of Object.entries(b.gpus) as [GpuUuid, NativeCallCounts][])
    gpus[gpu] = sum(gpus[gpu], counts)
  return { ...sum(a, b), gpus }
}

function sum(a: NativeCallCounts | undefined, b: NativeCallCounts): NativeCallCounts {
  return { total: (a?.total ?? 0) + b.total, changing: (a?.changing ?? 0) + b.changing }
}
