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

/** An initialised NVML, as the addon has it. */
export interface Connection extends Omit<OpenedSession, 'session'> {
  /** The same text for all sessions of one machine. */
  readonly machine: string
  /** What a snapshot names by its number. */
  profileTable(number: number): readonly GpuInstanceProfileSnapshot[]
  /** What this session has asked of the driver so far, its opening included. */
  callCounts(): SessionCallCounts
  /** Makes native calls; a TypeError when the session is closed. */
  run<T>(call: (addon: NativeAddon, session: number) => Promise<T>): Promise<T>
  /**
   * Runs `work` while NVML is shut down, as far as this thread can: calls on this session and on the
   * thread's others on this machine wait, and handles are looked up again afterwards.
   */
  whileClosed<T>(work: (addon: NativeAddon, library: LibraryRef) => Promise<T>): Promise<T>
  /** Has something be told of as `onSlowCall` that is no call of the addon's. */
  readonly watchCall: CallWatch['watch']
  /** For what else of this thread keeps NVML open: lets go of it when this session has to. Returns how to leave. */
  alongside(suspendable: Suspendable): () => void
  /** Waits for what has begun, then shuts NVML down unless somebody else needs it. Idempotent. */
  close(): Promise<void>
}

/**
 * Rejects with `MIG_NATIVE_UNAVAILABLE`, `MIG_DRIVER_NOT_FOUND`, the `NvmlError` of the initialisation,
 * or the signal's reason; then nothing stays open.
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

  /** A driver that did not come back after a reset may be back by the next call. */
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
      // One that is being closed lets go by itself.
      if (closing !== undefined) return closing
      suspension = beginSuspension()
      return letGo()
    },
    async resume() {
      if (suspension === undefined) return
      // What keeps it from opening is told to who calls next.
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
