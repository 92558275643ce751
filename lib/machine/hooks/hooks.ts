import type { HookContext, HookPoint } from '../../../types/machine/hooks.js'
import type { ApplyOptions } from '../../../types/machine/options.js'
import type { GpuPlan } from '../../../types/machine/plan.js'
import type { ApplyReport } from '../../../types/machine/report.js'
import { isMigError, MigError } from '../../errors.js'
import { abortedApply, isAbort } from '../operation/control.js'
import type { ApplyOperation, PlannedMachine } from '../operation/operation.js'
import type { HookLists } from './hooks-document.js'
import type { ValidHook } from './hooks-schema.js'
import { runHook } from './run-hook.js'

export interface Hooks {
  /** Whether there are any. */
  readonly some: boolean
  /** Whether there are hooks to run before the first step. */
  readonly beforeSteps: boolean
  /** Before the machine is read. When it rejects, no exit hook may run. */
  start(): Promise<void>
  /** Before the first step. Hooks may change the machine, for example stop processes. */
  prepare(planned: PlannedMachine): Promise<void>
  /** Notes the final plan for the exit hooks. */
  remember(planned: PlannedMachine): void
  /** Rejects with the error of a hook that fails: the apply fails with it, though the machine is as wanted. */
  exitAfterSuccess(report: ApplyReport): Promise<void>
  /** Never rejects: the apply fails with its own error, and a hook that fails is only an event. */
  exitAfterFailure(error: Error): Promise<void>
}

export function createHooks(
  { session: { lockFile }, request, control }: ApplyOperation,
  lists: HookLists,
  { hookEnvs, signal: callersSignal }: Pick<ApplyOptions, 'hookEnvs' | 'signal'>,
): Hooks {
  const envs = { ...request.hookEnvs, ...hookEnvs }
  let found: PlannedMachine | null = null

  async function run(point: HookPoint, about: Partial<HookContext> = {}): Promise<void> {
    const context: HookContext = {
      point,
      config: request.name,
      signal: control.signal,
      state: found?.state ?? null,
      plan: found?.plan ?? null,
      report: null,
      error: null,
      ...about,
    }
    for (const [position, hook] of (lists.get(point) ?? []).entries()) {
      const identity = { point, position, name: nameOf(hook) }
      await runHook(control, { hook, identity, context, envs, lockFile })
    }
  }

  function exit(report: ApplyReport | null, error: Error | null): Promise<void> {
    // An exit hook runs after an abort too: it may have to start again what another hook has stopped.
    const usable = callersSignal === undefined || callersSignal.aborted ? null : callersSignal
    const signal = usable ?? new AbortController().signal
    return run('apply-exit', { report, error, signal })
  }

  return {
    some: [...lists.values()].some((hooks) => hooks.length > 0),
    beforeSteps: [...lists].some(
      ([point, hooks]) => point.startsWith('pre-apply') && hooks.length > 0,
    ),
    start: () => run('apply-start'),
    async prepare(planned) {
      found = planned
      if (planned.plan.gpus.some(changesMode)) await run('pre-apply-mode')
      if (planned.plan.gpus.some(changesInstances)) await run('pre-apply-config')
    },
    remember(planned) {
      found = planned
    },
    exitAfterSuccess: (report) =>
      exit(report, null).catch((error: unknown) => {
        throw isMigError(error) ? withReport(error, report) : error
      }),
    exitAfterFailure: (error) =>
      exit((isMigError(error) ? error.report : undefined) ?? null, error).catch(() => {}),
  }
}

function changesMode({ steps }: GpuPlan): boolean {
  return steps.some((step) => step.kind === 'set-mig-mode')
}

/** Instances that a GPU loses because its mode is turned off count as a change of the mode. */
function changesInstances({ steps, target }: GpuPlan): boolean {
  return target.migEnabled && steps.some((step) => step.kind !== 'set-mig-mode')
}

function nameOf(hook: ValidHook): string {
  if (typeof hook !== 'function') return hook.command
  return hook.name === '' ? 'a function' : hook.name
}

function withReport(error: MigError, report: ApplyReport): MigError {
  if (isAbort(error)) return abortedApply(error.cause, report, 'machine')
  const { hint, hook, cause } = error
  return new MigError(error.code, `${error.message}; the machine is as wanted`, {
    report,
    cause,
    ...(hint === undefined ? {} : { hint }),
    ...(hook === undefined ? {} : { hook }),
  })
}
