import type { MigState } from '../model/state.js'
import type { MigPlan } from './plan.js'
import type { ApplyReport } from './report.js'

/**
 * When a hook runs.
 *
 * - `apply-start`: first, before the machine is read.
 * - `pre-apply-mode`: before the first step, if the MIG mode of a GPU must change.
 * - `pre-apply-config`: before the first step, if instances must change.
 * - `apply-exit`: last, also after a failure and when there was nothing to do; not after a failed `apply-start` hook.
 *
 * Source: the hooks of NVIDIA's MIG Partition Editor (mig-parted).
 */
export type HookPoint = 'apply-start' | 'pre-apply-mode' | 'pre-apply-config' | 'apply-exit'

/** A hook that is a program, as in a hooks file. */
export interface HookCommand {
  /** A path, or a name that is searched for in `PATH`. */
  readonly command: string
  readonly args?: readonly string[] | null
  /** Its environment. `hookEnvs` of the apply are added and override these; nothing is inherited. */
  readonly envs?: Readonly<Record<string, string>> | null
  /** Working directory. Default: that of this process. */
  readonly workdir?: string | null
}

/** What a hook that is a function receives. */
export interface HookContext {
  readonly point: HookPoint
  /** The name of the configuration. */
  readonly config: string
  /** Aborted with the apply; at `apply-exit`, only by an abort that comes while its hooks run. */
  readonly signal: AbortSignal
  /** The machine before the apply; null at `apply-start`, and where it could not be read. */
  readonly state: MigState | null
  /** What the apply will do or, at `apply-exit`, was to do; null without a plan. */
  readonly plan: MigPlan | null
  /** At `apply-exit`: what the apply did. */
  readonly report: ApplyReport | null
  /** At `apply-exit`: why the apply failed; null when it succeeded. */
  readonly error: Error | null
}

/**
 * A hook that is a function. An error that it throws fails the apply, as does a program that exits with another
 * status than 0.
 */
export type HookFunction = (context: HookContext) => void | Promise<void>

/** Programs and functions that run in order. After one that fails, the others do not run. */
export type HookList = readonly (HookCommand | HookFunction)[]

/** The hooks file of NVIDIA's MIG Partition Editor. As an object, it may contain functions too. */
export interface HooksDocument {
  readonly version?: 'v1'
  readonly hooks?: { readonly [Point in HookPoint]?: HookList | null } | null
}

/** A hooks document as YAML or JSON text, or as an object. */
export type HooksInput = string | HooksDocument

/** Identifies a hook. */
export interface HookIdentity {
  readonly point: HookPoint
  /** Position in the list of its point, from 0. */
  readonly position: number
  /** The program, or the function's name. */
  readonly name: string
}

/** How a hook failed. */
export interface HookFailure extends HookIdentity {
  /** Exit status of the program. Null: it did not start, a signal ended it, or the hook is a function. */
  readonly status: number | null
  /** The signal that ended the program, such as `SIGTERM`. */
  readonly signal: string | null
  /** The last 4096 characters that the program wrote to standard error. */
  readonly stderr: string
}

/** Emitted while hooks run. */
export type HookEvent =
  | { readonly kind: 'hook-started'; readonly hook: HookIdentity }
  | {
      readonly kind: 'hook-output'
      readonly hook: HookIdentity
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    }
  | { readonly kind: 'hook-done'; readonly hook: HookIdentity; readonly durationMs: number }
  | { readonly kind: 'hook-failed'; readonly hook: HookIdentity; readonly error: Error }
