import type { MigState } from '../model/state.js'
import type { MigPlan } from './plan.js'
import type { ApplyReport } from './report.js'

/**
 * When a hook runs. `apply-start`: first, before the machine is read. `pre-apply-mode`: only when the
 * MIG mode of a GPU must change. `pre-apply-config`: only when instances must. `apply-exit`: last of
 * all, also after a failure and where nothing was to do; not when an `apply-start` hook failed.
 */
export type HookPoint = 'apply-start' | 'pre-apply-mode' | 'pre-apply-config' | 'apply-exit'

/** A program, as a hooks file names it. */
export interface HookCommand {
  /** A path, or a name to look for in `PATH`. */
  readonly command: string
  readonly args?: readonly string[] | null
  /** Its environment, together with `hookEnvs` of the apply, which come first. Nothing is inherited. */
  readonly envs?: Readonly<Record<string, string>> | null
  readonly workdir?: string | null
}

/** What a hook that is a function gets to know. */
export interface HookContext {
  readonly point: HookPoint
  /** The name of the configuration. */
  readonly config: string
  /** Aborted when the apply is; at `apply-exit` only by an abort that comes during it. */
  readonly signal: AbortSignal
  /** How the machine was found; null at `apply-start`, and where it could not be read. */
  readonly state: MigState | null
  /** What will be done, at `apply-exit` what was to be done; null where it came to no plan. */
  readonly plan: MigPlan | null
  /** At `apply-exit`: what was done. */
  readonly report: ApplyReport | null
  /** At `apply-exit`: why the apply failed; null when it did not. */
  readonly error: Error | null
}

/** Whatever it throws fails the apply, as a program does that ends with another status than 0. */
export type HookFunction = (context: HookContext) => void | Promise<void>

/** Programs and functions, one after the other; the first that fails is the last. */
export type HookList = readonly (HookCommand | HookFunction)[]

/** The hooks file of NVIDIA's MIG Partition Editor; as an object it can have functions, too. */
export interface HooksDocument {
  readonly version?: 'v1'
  readonly hooks?: { readonly [Point in HookPoint]?: HookList | null } | null
}

/** A hooks document as YAML or JSON text, or as an object. */
export type HooksInput = string | HooksDocument

/** Which hook it is: where in its list, and the program, or the function's name. */
export interface HookIdentity {
  readonly point: HookPoint
  /** From 0. */
  readonly position: number
  readonly name: string
}

/** How a hook failed. */
export interface HookFailure extends HookIdentity {
  /** Null: it did not start, a signal ended it, or it is a function. */
  readonly status: number | null
  readonly signal: string | null
  /** The last of what the program wrote to standard error. */
  readonly stderr: string
}

/** Told while hooks run. */
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
