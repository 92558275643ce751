import type { ApplyOptions, SlowCall } from '../../../types/machine/options.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import type { ApplyTrace } from '../../../types/machine/tracing.js'
import type { AnyGpuState, GpuUuid, ListedMigState, MigState } from '../../../types/model/state.js'
import { type DriverSession, openSession, type SessionOptions } from '../../driver/session.js'
import type { WantedMachine } from '../../model/wanted.js'
import { abortError, type Control, createControl } from './control.js'
import { findRunningStep } from './tracing.js'

/** One call of a public function on a machine: the open driver, and what stops the call from outside. */
export interface Operation {
  readonly session: DriverSession
  readonly control: Control
}

/** An operation that plans, or that applies its plan. It is made once, and each part gets it whole. */
export interface ApplyOperation extends Operation {
  readonly request: ApplyRequest
  readonly settings: ApplySettings
  /** What subscribers of the tracing channel see. */
  readonly trace: ApplyTrace
}

/** What the options say about planning and undoing, with their defaults. */
export interface ApplySettings {
  readonly atomic: NonNullable<ApplyOptions['atomic']>
  readonly modeOnly: boolean
  readonly skipReset: boolean
  readonly evict: NonNullable<ApplyOptions['evict']>
  readonly inUse: readonly string[]
}

/** What an apply brings the machine to: a configuration, or a checkpoint. */
export interface ApplyRequest {
  /** The name of the configuration. */
  readonly name: string
  /** The GPUs that it can change, and maybe more. */
  findScope(operation: Operation): Promise<FoundScope>
  /** What it wants of a machine. Throws where it does not fit the machine. */
  resolve(state: MigState): WantedMachine<AnyGpuState>
  /**
   * It brings back the machine from before a configuration that was held for a time. A failure does not lead back to
   * that configuration: what failed is tried again.
   */
  readonly returns: boolean
  /** mig-parted's flags, as its hooks get them. */
  readonly hookEnvs: Readonly<Record<string, string>>
}

/** What an apply locks: all GPUs of the machine, or these. */
export type LockScope = 'machine' | readonly GpuUuid[]

/** A scope, and the state of the machine if finding the scope took reading it. */
export interface FoundScope {
  readonly scope: LockScope
  readonly state?: ListedMigState
}

/** A state of the machine, and the plan that was made from it. */
export interface PlannedMachine {
  readonly state: ListedMigState
  readonly plan: MigPlan
}

export interface OperationOptions extends SessionOptions, Pick<ApplyOptions, 'onEvent'> {}

/**
 * Opens the driver for one operation, and closes it at the end. Rejects with `ABORT_ERR` when the signal stops it,
 * whatever the signal's reason is.
 */
export async function withOperation<T>(
  options: OperationOptions,
  work: (operation: Operation) => Promise<T>,
): Promise<T> {
  const { signal } = options
  const control = createControl(options)
  try {
    const session = await openSession(emittingSlowCalls(options, control))
    try {
      return await work({ session, control })
    } finally {
      // Closing waits for calls that have begun; a caller that has given up must not wait for a read that hangs.
      const closing = session.close()
      if (signal?.aborted) closing.catch(() => {})
      else await closing
    }
  } catch (error) {
    throw signal?.aborted && error === signal.reason ? abortError(error) : error
  }
}

/** A listener of events gets slow calls as well. Without one, calls need no timers for it. */
function emittingSlowCalls(options: OperationOptions, control: Control): SessionOptions {
  if (options.onEvent === undefined) return options
  return {
    ...options,
    onSlowCall(call: SlowCall) {
      control.emit({ kind: 'slow', ...call, step: findRunningStep() })
      options.onSlowCall?.(call)
    },
  }
}

export function applyOperation(
  { session, control }: Operation,
  request: ApplyRequest,
  {
    atomic = 'machine',
    modeOnly = false,
    skipReset = false,
    evict = false,
    inUse = [],
  }: ApplyOptions,
): ApplyOperation {
  return {
    session,
    control,
    request,
    settings: { atomic, modeOnly, skipReset, evict, inUse },
    trace: { config: request.name, libraryPath: session.libraryPath },
  }
}
