import type { ConfigIssue } from '../config/config.js'
import type { GpuHolder } from '../model/state.js'
import type { HookFailure } from './hooks.js'
import type { ApplyReport } from './report.js'

/** What an error of this library has beside its code and message, where it applies. */
export interface MigErrorDetails {
  /** Each with its place in the document. */
  readonly issues?: readonly ConfigIssue[]
  /** What an apply had done; the same shape as that of a successful one. */
  readonly report?: ApplyReport
  /** Who is in the way. */
  readonly holders?: readonly GpuHolder[]
  /** Which hook failed, and how. */
  readonly hook?: HookFailure
  /** What went wrong one after the other, where it was more than one thing; the first is the cause. */
  readonly errors?: readonly Error[]
  /** What to do about it. */
  readonly hint?: string
  /** What the driver, the operating system, a hook or a signal said. */
  readonly cause?: unknown
}
