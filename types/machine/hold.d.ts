import type { ApplyOptions } from './options.js'
import type { CompletedApply } from './report.js'

/**
 * Options of `holdMigConfig` and `withMigConfig`: for the apply and for the restore. The signal stops only the
 * apply.
 */
export interface HoldOptions extends Omit<ApplyOptions, 'dryRun'> {
  /**
   * Where to keep a checkpoint meanwhile, for `restoreMig` in case this process dies before it restores. The file is
   * removed when the machine is restored. A file that already exists is not overwritten, because it may be the only
   * record of how the machine was (`MIG_CHECKPOINT_EXISTS`).
   */
  readonly checkpointFile?: string | URL
}

/** A configuration that is applied for a time. */
export interface HeldMigConfig {
  /** What the apply did. */
  readonly report: CompletedApply
  /**
   * Brings the GPUs of the configuration back to how they were, with every placement. Later calls wait for the first
   * one. Rejects with `MIG_RESTORE_FAILED`.
   */
  restore(): Promise<CompletedApply>
  /** Calls `restore`. */
  [Symbol.asyncDispose](): Promise<void>
}
