import type { HookContext, HookIdentity, HookPoint } from '../../../types/machine/hooks.js'
import type { ApplyOptions } from '../../../types/machine/options.js'
import type { GpuPlan } from '../../../types/machine/plan.js'
import type { ApplyReport } from '../../../types/machine/report.js'
import { isMigError, MigError, toError } from '../../errors.js'
import type { PlannedMachine } from '../apply/transaction.js'
import { abortError, type Control, isAbort } from '../operation/control.js'
import { whileLockHeld } from '../operation/own-lock.js'
import type { ApplyRequest } from '../operation/request.js'
import { hookError } from './hook-error.js'
import type { HookLists } from './hooks-document.js'
import type { ValidCommand, ValidHook } from './hooks-schema.js'
import { runCommand } from './run-command.js'

/** What hooks that are functions get to know in the end. */
export interface HookedEnd {
  readonly report: ApplyReport | null
  readonly error: Error | null
}

export interface Hooks {
  /** Whether there are any. */
  readonly some: boolean
  /** Whether there are hooks to run before the first step. */
  readonly beforeSteps: boolean
  /** Before the machine is read. When it rejects, `exit` is not to be called. */
  start(): Promise<void>
  /** Before the first step; the machine may be another afterwards. */
  prepare(planned: PlannedMachine): Promise<void>
  /** What was planned in the end. */
  remember(planned: PlannedMachine): void
  exit(end: HookedEnd): Promise<void>
}

export function createHooks(
  request: ApplyRequest,
  lists: HookLists,
  { hookEnvs, signal: callersSignal }: ApplyOptions,
  control: Control,
  lockFile: string,
): Hooks {
  const envs = { ...request.hookEnvs, ...hookEnvs }
  let found: PlannedMachine | null = null

  async function run(point: HookPoint, about: Partial<HookContext> = {}): Promise<void> {
    const context: HookContext = {
      ...{ point, config: request.name, signal: control.signal, report: null, error: null },
      ...(found ?? { state: null, plan: null }),
      ...about,
    }
    for (const [position, hook] of (lists.get(point) ?? []).entries())
      await runHook(
        typeof hook === 'function' ? () => whileLockHeld(lockFile, () => hook(context)) : hook,
        { point, position, name: nameOf(hook) },
        context,
        envs,
        control,
      )
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
    async exit(end) {
      // What was stopped must be started again after an abort, too.
      const usable = callersSignal === undefined || callersSignal.aborted ? null : callersSignal
      await run('apply-exit', { ...end, signal: usable ?? new AbortController().signal })
    },
  }
}

function changesMode({ steps }: GpuPlan): boolean {
  return steps.some((step) => step.kind === 'set-mig-mode')
}

/** What a GPU loses because its mode is turned off belongs to the mode. */
function changesInstances({ steps, target }: GpuPlan): boolean {
  return target.migEnabled && steps.some((step) => step.kind !== 'set-mig-mode')
}

async function runHook(
  hook: ValidHook,
  identity: HookIdentity,
  context: HookContext,
  envs: Readonly<Record<string, string>>,
  { tell }: Control,
): Promise<void> {
  const { signal } = context
  if (signal.aborted) throw stoppedBy(signal)
  const started = performance.now()
  tell({ kind: 'hook-started', hook: identity })
  try {
    if (typeof hook === 'function') await hook(context)
    else await runProgram(hook, identity, signal, envs, tell)
  } catch (thrown) {
    const error =
      isMigError(thrown) && thrown.code === 'MIG_HOOK_FAILED'
        ? thrown
        : hookError(identity, { cause: toError(thrown) })
    tell({ kind: 'hook-failed', hook: identity, error })
    throw signal.aborted ? stoppedBy(signal) : error
  }
  tell({ kind: 'hook-done', hook: identity, durationMs: performance.now() - started })
}

async function runProgram(
  command: ValidCommand,
  hook: HookIdentity,
  signal: AbortSignal,
  envs: Readonly<Record<string, string>>,
  tell: Control['tell'],
): Promise<void> {
  const end = await runCommand(command, {
    env: { ...command.envs, ...envs },
    signal,
    onOutput: (stream, text) => tell({ kind: 'hook-output', hook, stream, text }),
  })
  if (end.status !== 0) throw hookError(hook, end)
}

function stoppedBy({ reason }: AbortSignal): MigError {
  return isAbort(reason) ? (reason as MigError) : abortError(reason)
}

function nameOf(hook: ValidHook): string {
  if (typeof hook !== 'function') return hook.command
  return hook.name === '' ? 'a function' : hook.name
}

/** An apply-exit hook that fails is what an apply fails with that had succeeded; otherwise it is only told. */
export async function aroundHooks<T extends ApplyReport>(
  hooks: Hooks,
  work: () => Promise<T>,
): Promise<T> {
  await hooks.start()
  let report: T
  try {
    report = await work()
  } catch (thrown) {
    const error = toError(thrown)
    await hooks
      .exit({ report: isMigError(error) ? (error.report ?? null) : null, error })
      .catch(() => {})
    throw thrown
  }
  await hooks.exit({ report, error: null }).catch((error) => {
    throw isMigError(error) ? withReport(error, report) : error
  })
  return report
}

function withReport(error: MigError, report: ApplyReport): MigError {
  if (isAbort(error)) return abortError(error.cause, report)
  const { hint, hook, cause } = error
  return new MigError(error.code, `${error.message}; the machine is as wanted`, {
    report,
    cause,
    ...(hint === undefined ? {} : { hint }),
    ...(hook === undefined ? {} : { hook }),
  })
}
