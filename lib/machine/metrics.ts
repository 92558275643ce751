import { setTimeout as delay } from 'node:timers/promises'
import type { MetricsOptions, MigMetrics } from '../../types/machine/metrics.js'
import type { MigState } from '../../types/model/state.js'
import { resolveLibrary } from '../driver/connection/open-library.js'
import { lockFileOf } from '../driver/lock/lock-file.js'
import { isMigError, isNvmlError } from '../errors.js'
import { migMetrics } from '../metrics/mig-metrics.js'
import { readAllCounts } from './counts/counts-file.js'
import { findInterrupted } from './journal/find-interrupted.js'
import { readMigState } from './read.js'

/** Prometheus gives up after 10 s by default. */
const defaultTimeoutMs = 8000

interface Reading {
  readonly state: MigState | null
  readonly failure: Error | null
}

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
  { state, failure }: Reading,
): Promise<MigMetrics> {
  const lockFile = lockFileOf(resolveLibrary(library))
  const interrupted = await findInterrupted(lockFile)
  const applies = await readAllCounts(lockFile)
  const interruptedApplies = interrupted?.length ?? null
  return { text: migMetrics(state, { applies, interruptedApplies, failure }), failure }
}

/** A driver that cannot be read is a result, so that its metrics say so. */
async function readMachine(options: MetricsOptions): Promise<Reading> {
  try {
    return { state: await readMigState({ ...options, processes: true }), failure: null }
  } catch (error) {
    const isOfDriver = isNvmlError(error) || (isMigError(error) && error.code !== 'ABORT_ERR')
    if (!isOfDriver) throw error
    return { state: null, failure: error }
  }
}

/** The reading goes on after its time: nothing ends a call of the driver. */
async function withinTime(reading: Promise<Reading>, timeoutMs: number): Promise<Reading> {
  const stopped = new AbortController()
  const late = async (): Promise<Reading> => {
    await delay(timeoutMs, undefined, { signal: stopped.signal })
    reading.catch(() => {})
    return { state: null, failure: timeout(timeoutMs) }
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
