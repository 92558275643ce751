import { setTimeout as sleep } from 'node:timers/promises'
import type { DriverOptions } from '../../../types/machine/options.js'
import { isDriverMissing } from '../../driver/connection/driver-missing.js'
import { resolveLibrary, rootOf } from '../../driver/connection/open-library.js'
import { isMigError } from '../../errors.js'
import { readMigState } from '../../machine/read.js'
import { listPciGpus } from '../../system/pci-devices.js'

/** What the wait for a driver has found. */
export interface DriverWait {
  /** Why the driver is not ready; null: it is. */
  readonly missing: string | null
  /** What was wrong at last; null: the driver is ready. */
  readonly cause: unknown
  readonly waitedMs: number
}

interface WaitOptions {
  /** 0: one look. */
  readonly waitMs: number
  readonly onWaiting: (reason: string) => void
  /** How long a driver may take to answer, even where less is left of the wait. Default 10,000. */
  readonly leastMs?: number
}

const betweenMs = 500

/**
 * Waits until a driver is loaded and lists as many GPUs as are bound to it. A driver that lists fewer when the time is up
 * counts as ready: the configuration decides whether they matter. Rejects with any other error of the driver, and with
 * `ABORT_ERR`.
 */
export async function waitForDriver(
  options: DriverOptions,
  { waitMs, onWaiting, leastMs = 10_000 }: WaitOptions,
): Promise<DriverWait> {
  const started = performance.now()
  const elapsed = (): number => Math.round(performance.now() - started)
  let shown: string | null = null
  for (;;) {
    const look = await lookForDriver(options, Math.max(waitMs - elapsed(), leastMs))
    const waitedMs = elapsed()
    if (look.missing === null) return { ...look, waitedMs }
    if (waitMs > 0 && look.missing !== shown) onWaiting(look.missing)
    shown = look.missing
    if (waitedMs >= waitMs)
      return look.isUsable
        ? { missing: null, cause: null, waitedMs }
        : { missing: look.missing, cause: look.cause, waitedMs }
    await pause(Math.min(betweenMs, waitMs - waitedMs), options.signal)
  }
}

async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  // The next look rejects for an aborted signal, with the usual error.
  await sleep(durationMs, undefined, signal === undefined ? {} : { signal }).catch(() => {})
}

interface Look {
  readonly missing: string | null
  readonly cause: unknown
  /** The driver answers, but lists too few GPUs. */
  readonly isUsable: boolean
}

async function lookForDriver({ library, signal }: DriverOptions, limitMs: number): Promise<Look> {
  const root = rootOf(resolveLibrary(library))
  const limit = AbortSignal.timeout(limitMs)
  try {
    const { gpus, lostGpus } = await readMigState({
      ...(library === undefined ? {} : { library }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    })
    const listed = gpus.length + lostGpus.length
    const bound = root === null ? 0 : listPciGpus(root).filter(isBound).length
    if (listed >= bound) return { missing: null, cause: null, isUsable: true }
    const missing = `the driver lists ${listed} of the ${bound} GPUs that are bound to it`
    return { missing, cause: null, isUsable: true }
  } catch (error) {
    if (limit.aborted && !signal?.aborted) {
      const missing = `the driver does not answer: a call has not returned for ${Math.round(limitMs / 1000)} s`
      return { missing, cause: error, isUsable: false }
    }
    if (!isDriverMissing(error)) throw error
    return { missing: describeMissing(error, root), cause: error, isUsable: false }
  }
}

function isBound({ driver }: { readonly driver: string | null }): boolean {
  return driver === 'nvidia'
}

function describeMissing(error: Error, root: string | null): string {
  if (isMigError(error)) return 'the library of the driver is not there'
  const gpus = root === null ? null : listPciGpus(root)
  if (gpus === null) return 'no NVIDIA driver is loaded'
  if (gpus.length === 0) return 'no NVIDIA GPU is on the PCI bus, and no NVIDIA driver is loaded'
  const others = [...new Set(gpus.flatMap(({ driver }) => driver ?? []))]
  const bound = others.length === 0 ? 'no driver' : others.join(' and ')
  return `no NVIDIA driver is loaded: the PCI bus has ${gpus.length} NVIDIA GPU${gpus.length === 1 ? '' : 's'}, bound to ${bound}`
}
