import type { ApplyOptions } from './options.js'
import type { CompletedApply } from './report.js'

/** Of the apply and of the restore after it; the signal is of the apply alone. */
export interface HoldOptions extends Omit<ApplyOptions, 'dryRun'> {
  /**
   * Where a checkpoint is kept meanwhile: what `restoreMig` needs when this process does not live to
   * restore by itself. It goes when the machine is as it was. A file that is there already is not
   * overwritten: it may be the only record of how the machine was (`MIG_CHECKPOINT_EXISTS`).
   */
  readonly checkpointFile?: string | URL
}

/** A configuration that is there for a time. */
export interface HeldMigConfig {
  readonly report: CompletedApply
  /** Brings the GPUs of the configuration back to how they were, place by place. Once; later calls wait for it. */
  restore(): Promise<CompletedApply>
  [Symbol.asyncDispose](): Promise<void>
}
