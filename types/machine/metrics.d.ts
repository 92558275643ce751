import type { GpuUuid } from '../model/state.js'
import type { DriverOptions } from './options.js'
import type { ApplyReport, RecoveredGpu } from './report.js'

/**
 * How an apply ended: the outcome of its report, or `refused` where an error without a report says that nothing was
 * changed. A dry run does not count.
 */
export type CountedOutcome = Exclude<ApplyReport['outcome'], 'planned'> | 'refused'

/** What became of a GPU that an interrupted apply had left. `kept` does not count: the next call finds it again. */
export type CountedRecovery = Exclude<RecoveredGpu['outcome'], 'kept'>

/** Applies with one outcome. */
export interface OutcomeCount {
  readonly count: number
  /** How long they held the lock, all together. */
  readonly seconds: number
  /** When the last of them ended, in seconds since 1970 (UTC). 0: there is none. */
  readonly lastEnd: number
}

/**
 * Applies and restores since the machine was started, as the files beside the lock file count them: those of this user
 * and of root. An apply counts when it has had the lock.
 */
export interface ApplyCounts {
  readonly outcomes: Readonly<Record<CountedOutcome, OutcomeCount>>
  /** Applies that ended with an error, by its code; `OTHER`: it has none of ours. */
  readonly failures: Readonly<Record<string, number>>
  /** GPUs that `recoverMig` or a later apply has cleaned up. */
  readonly recovered: Readonly<Record<CountedRecovery, number>>
}

/** A GPU that the driver has, and that could not be read. */
export interface FailedGpu {
  /** Null: not even this is known. */
  readonly gpu: GpuUuid | null
  /** NVML's index. */
  readonly gpuIndex: number
  /** Its code becomes a label. */
  readonly failure: Error
}

/** What metrics say beside the state of the machine. */
export interface MetricsContext {
  /** Absent or null: it is not known, and its metrics are missing. */
  readonly applies?: ApplyCounts | null
  /** How many applies a crash or a failed undo has left half-done. Absent or null: it is not known. */
  readonly interruptedApplies?: number | null
  /** GPUs that are missing in the state because they could not be read. */
  readonly failedGpus?: readonly FailedGpu[]
  /** Why there is no state. Its code becomes a label. */
  readonly failure?: Error | null
}

/** Options of `readMigMetrics`. */
export interface MetricsOptions extends DriverOptions {
  /**
   * After how many milliseconds a driver that has not answered counts as unreadable, with the code `TIMEOUT`. Its call
   * goes on. Default 8000, which is less than Prometheus waits by default.
   */
  readonly timeoutMs?: number
}

/** What `readMigMetrics` resolves to. */
export interface MigMetrics {
  /** Prometheus' text format, version 0.0.4. It ends with a line feed. */
  readonly text: string
  /**
   * Why the driver, or the first of the GPUs that failed, could not be read. Where nothing could be read, `text` has `mig_up 0`.
   * Null: all was read; lost GPUs do not count.
   */
  readonly failure: Error | null
}

/** Options of `serveMigMetrics`. */
export interface ServeMetricsOptions extends MetricsOptions {
  /**
   * Where to listen: `127.0.0.1:9400`, `[::1]:9400` or `localhost:9400`. Only loopback addresses are accepted. Port 0
   * takes a free one.
   */
  readonly address: string
}

/** Serves metrics over HTTP until it is closed. */
export interface MetricsServer {
  /** `http://127.0.0.1:9400/metrics` */
  readonly url: string
  /** Resolves when nothing listens any more. Connections that are open then are cut off. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
