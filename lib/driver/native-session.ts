import type { DriverOptions } from '../../types/options.js'
import { untilAborted } from './abort.js'
import type { GpuInstanceProfileSnapshot, NativeAddon, OpenedSession } from './addon.js'
import { loadNative } from './native.js'
import { openLibrary, resolveLibrary } from './open-library.js'
import { unwrap } from './outcome.js'

/** An initialised NVML, as the addon has it. */
export interface NativeSession extends Omit<OpenedSession, 'session'> {
  /** What a snapshot names by its number. */
  profileTable(number: number): readonly GpuInstanceProfileSnapshot[]
  /** Makes native calls; a TypeError when the session is closed. */
  run<T>(call: (addon: NativeAddon, session: number) => Promise<T>): Promise<T>
  /** Waits for what has begun, then shuts NVML down unless somebody else needs it. Idempotent. */
  close(): Promise<void>
}

/**
 * Rejects with `MIG_NATIVE_UNAVAILABLE`, `MIG_DRIVER_NOT_FOUND`, the `NvmlError` of the initialisation,
 * or the signal's reason; then nothing stays open.
 */
export async function openNativeSession(options: DriverOptions): Promise<NativeSession> {
  options.signal?.throwIfAborted()
  const addon = loadNative()
  const opening = openLibrary(addon, resolveLibrary(options.library)).then((opened) =>
    createNativeSession(addon, opened),
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

function createNativeSession(
  addon: NativeAddon,
  { session, ...about }: OpenedSession,
): NativeSession {
  const begun = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  async function run<T>(call: (addon: NativeAddon, session: number) => Promise<T>): Promise<T> {
    if (closing !== undefined) throw new TypeError('this driver session is closed')
    const running = call(addon, session)
    begun.add(running)
    try {
      return await running
    } finally {
      begun.delete(running)
    }
  }

  async function closeNow(): Promise<void> {
    await Promise.allSettled(begun)
    unwrap(await addon.close(session))
  }

  return {
    ...about,
    profileTable: (number) => addon.profileTable(number),
    run,
    close: () => {
      closing ??= closeNow()
      return closing
    },
  }
}
