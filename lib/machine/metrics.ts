import { setTimeout as delay } from 'node:timers/promises'
import type { MetricsOptions, MigMetrics } from '../../types/machine/metrics.js'
import { resolveLibrary } from '../driver/connection/open-library.js'
import { lockFileOf } from '../driver/lock/lock-file.js'
import { migMetrics } from '../metrics/mig-metrics.js'
import { readAllCounts } from './counts/counts-file.js'
import { findInterrupted } from './journal/find-interrupted.js'
import { type Reading, readMachine } from './metrics/read-machine.js'

/** Prometheus gives up after 10 s by default. */
const defaultTimeoutMs = 8000

export function readMigMetrics(options: MetricsOptions = {}): Promise<MigMetrics> {
  return createMetricsReader(options)()
}

/** Reads again with each call. Where the driver does not answer, calls share one read instead of piling up in it. */
export function createMetricsReader({
  timeoutMs = defaultTimeoutMs,
  ...options
}: MetricsOptions): () => Promise<MigMetrics> {
  let reading: Promise<Reading> | null = null
  return async () => {
    reading ??= readMachine(options).finally(() => {
      reading = null
    })
    return describe(options, await withinTime(reading, timeoutMs))
  }
}

async function describe(
  { library }: MetricsOptions,
  { state, failedGpus, failure }: Reading,
): Promise<MigMetrics> {
  const lockFile = lockFileOf(resolveLibrary(library))
  const interrupted = await findInterrupted(lockFile)
  const applies = await readAllCounts(lockFile)
  const interruptedApplies = interrupted?.length ?? null
  const context = { applies, interruptedApplies, failedGpus, failure }
  return { text: migMetrics(state, context), failure }
}

/** The reading goes on after its time: nothing ends a call of the driver. */
async function withinTime(reading: Promise<Reading>, timeoutMs: number): Promise<Reading> {
  const stopped = new AbortController()
  const late = async (): Promise<Reading> => {
    await delay(timeoutMs, undefined, { signal: stopped.signal })
    reading.catch(() => {})
    return { state: null, failedGpus: [], failure: timeout(timeoutMs) }
  }
  try {
    return await Promise.race([reading, late()])
  } finally {
    stopped.abort()
  }
}

function timeout(timeoutMs: number): Error {
  const error = new Error(`the driver has not answered for ${timeoutMs} ms`)
  return Object.assign(error, { code: 'TIMEOUT' })
}
