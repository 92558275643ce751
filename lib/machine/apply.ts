import type { MigConfigInput } from '../../types/config/config.js'
import type { MigRequest } from '../../types/config/request.js'
import type { ApplyOptions } from '../../types/machine/options.js'
import type { CompletedApply } from '../../types/machine/report.js'
import { readInput } from '../config/document/read-input.js'
import type { SelectedConfig } from '../config/document/select.js'
import { toError } from '../errors.js'
import { requireListedMachine } from '../model/wanted.js'
import { planMachine } from '../plan/plan-machine.js'
import { reportUntouched } from './apply/report.js'
import { runTransaction } from './apply/transaction.js'
import { type ApplySpec, createApplySpec } from './cdi/apply-spec.js'
import { countApply } from './counts/count-end.js'
import { createHooks, type Hooks } from './hooks/hooks.js'
import { parseHooks } from './hooks/hooks-document.js'
import { type ApplyLock, coversPlan, lockScope } from './operation/lock-scope.js'
import {
  type ApplyOperation,
  type ApplyRequest,
  applyOperation,
  type FoundScope,
  type PlannedMachine,
  withOperation,
} from './operation/operation.js'
import { readAndEvict, readAndPlan, readPlannable } from './operation/read-and-plan.js'
import { configRequest } from './operation/request.js'
import { traceApply } from './operation/tracing.js'
import { recoverMig } from './recover.js'

export async function applyMigConfig(
  input: MigConfigInput | MigRequest,
  options: ApplyOptions = {},
): Promise<CompletedApply> {
  return applyConfig(readInput(input, options), options)
}

export async function applyConfig(
  config: SelectedConfig,
  options: ApplyOptions,
): Promise<CompletedApply> {
  const request = configRequest(config, options)
  if (options.dryRun === true || !config.entries.some(({ add }) => add))
    return applyRequest(request, options)
  // What a crash has left half done would count as being there.
  const { recovered } = await recoverMig(options)
  const report = await applyRequest(request, options)
  return { ...report, recovered: [...recovered, ...report.recovered] }
}

/** Brings a machine to what is requested, with hooks around it. */
export async function applyRequest(
  request: ApplyRequest,
  options: ApplyOptions,
): Promise<CompletedApply> {
  const lists = parseHooks(options.hooks ?? {}, options.matching === 'lenient')
  return withOperation(options, (opened) => {
    const operation = applyOperation(opened, request, options)
    return options.dryRun === true
      ? traceApply(operation.trace, planOnly, operation)
      : traceApply(
          operation.trace,
          applyUnderLock,
          operation,
          createHooks(operation, lists, options),
          createApplySpec(opened, options),
        )
  })
}

async function planOnly(operation: ApplyOperation): Promise<CompletedApply> {
  const started = performance.now()
  const planned = await readAndPlan(operation)
  publishPlan(operation, planned)
  return reportUntouched(operation, planned, 'planned', started)
}

async function applyUnderLock(
  operation: ApplyOperation,
  hooks: Hooks,
  spec: ApplySpec | null,
): Promise<CompletedApply> {
  const { lockFile } = operation.session
  const found = await operation.request.findScope(operation)
  const lock = await lockScope(operation, found.scope)
  try {
    return await countApply({ lockFile, lock }, () =>
      applyLocked(operation, hooks, spec, lock, found),
    )
  } finally {
    lock.release()
  }
}

async function applyLocked(
  operation: ApplyOperation,
  hooks: Hooks,
  spec: ApplySpec | null,
  lock: ApplyLock,
  found: FoundScope,
): Promise<CompletedApply> {
  await hooks.start()
  let report: CompletedApply
  try {
    const planned = await planUnderLock(operation, hooks, lock, found)
    await spec?.check(planned.state)
    report = await runTransaction(operation, lock, planned)
    await spec?.writeAfter(report)
  } catch (error) {
    await spec?.writeAfterFailure(error)
    await hooks.exitAfterFailure(toError(error))
    throw error
  }
  await hooks.exitAfterSuccess(report)
  return report
}

async function planUnderLock(
  operation: ApplyOperation,
  hooks: Hooks,
  lock: ApplyLock,
  { scope, state }: FoundScope,
): Promise<PlannedMachine> {
  // An empty scope locks nothing, so reading the machine again would be no safer than the state that was read for it.
  let planned =
    scope.length === 0 && !hooks.some && state !== undefined
      ? { state, plan: planMachine(requireListedMachine(operation.request.resolve(state))) }
      : await planWithHooks(operation, hooks)
  // The configuration may match other GPUs than before the wait for the lock.
  if (!coversPlan(lock.scope, planned.plan)) {
    await lock.widen()
    planned = await readAndEvict(operation)
  }
  hooks.remember(planned)
  publishPlan(operation, planned)
  return planned
}

/** Hooks may stop blocking processes, so they run before mig-nvml searches for any. */
async function planWithHooks(operation: ApplyOperation, hooks: Hooks): Promise<PlannedMachine> {
  if (hooks.beforeSteps) {
    const { session, settings } = operation
    const { state, wanted } = await readPlannable(operation)
    const plan = planMachine(wanted, undefined, {
      modeOnly: settings.modeOnly,
      skipReset: settings.skipReset,
      driverVersion: session.driverVersion,
    })
    await hooks.prepare({ state, plan })
  }
  return readAndEvict(operation)
}

function publishPlan({ trace, control }: ApplyOperation, { plan }: PlannedMachine): void {
  trace.plan = plan
  control.emit({ kind: 'planned', plan })
  if (control.stopped !== null) throw control.stopped
}
