import type { ConfigIssue } from '../config/config.js'
import type { ClusterFailure } from '../model/errors.js'
import type { GpuHolder } from '../model/state.js'
import type { HookFailure } from './hooks.js'
import type { ApplyReport } from './report.js'

/** What a `MigError` has beside its code and message, where it applies. */
export interface MigErrorDetails {
  /** What is wrong in a document, each with its position there. */
  readonly issues?: readonly ConfigIssue[]
  /** What a failed apply did, in the shape of a successful apply's report. */
  readonly report?: ApplyReport
  /** The processes that block the change. */
  readonly holders?: readonly GpuHolder[]
  /** Which hook failed, and how. */
  readonly hook?: HookFailure
  /** Several errors in the order in which they occurred; the first is the cause. */
  readonly errors?: readonly Error[]
  /** The answer of the API server to a failed call. */
  readonly cluster?: ClusterFailure
  /** What to do about it, for people. */
  readonly hint?: string
  /** The error of the driver, the operating system or a hook, or the signal's reason. */
  readonly cause?: unknown
}
