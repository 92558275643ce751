import type { MigConfigInput } from '../../types/config/config.js'
import type { MigRequest } from '../../types/config/request.js'
import type { ApplyOptions } from '../../types/machine/options.js'
import type { CompletedApply } from '../../types/machine/report.js'
import { readInput } from '../config/document/read-input.js'
import type { SelectedConfig } from '../config/document/select.js'
import { resolveLibrary, rootOf } from '../driver/connection/open-library.js'
import { toError } from '../errors.js'
import { requireListedMachine } from '../model/wanted.js'
import { planMachine } from '../plan/plan-machine.js'
import { reportUntouched } from './apply/report.js'
import { runTransaction } from './apply/transaction.js'
import type { ApplySpec } from './cdi/apply-spec.js'
import { alsoNotStarted, notStartedAfter } from './clients/client-failure.js'
import { type Clients, createClients } from './clients/clients.js'
import type { WantedClient } from './clients/clients-document.js'
import { planPastClients } from './clients/plan-past-clients.js'
import { countApply } from './counts/count-end.js'
import { createHooks, type Hooks } from './hooks/hooks.js'
import type { HookLists } from './hooks/hooks-document.js'
import { type ApplyLock, coversPlan, lockScope } from './operation/lock-scope.js'
import {
  type ApplyOperation,
  type ApplyRequest,
  applyOperation,
  type FoundScope,
  type Operation,
  type PlannedMachine,
  withOperation,
} from './operation/operation.js'
import { readAndPlan, readPlannable } from './operation/read-and-plan.js'
import { configRequest } from './operation/request.js'
import { traceApply } from './operation/tracing.js'
import { recoverMig } from './recover.js'

export async function applyMigConfig(
  input: MigConfigInput | MigRequest,
  options: ApplyOptions = {},
): Promise<CompletedApply> {
  return applyConfig(await readInput(input, options), options)
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
  const lists = await readHooks(options)
  const root = rootOf(resolveLibrary(options.library))
  const wanted = await readClients(options)
  return withOperation(options, async (opened) => {
    const operation = applyOperation(opened, request, options)
    return options.dryRun === true
      ? traceApply(operation.trace, planOnly, operation)
      : traceApply(
          operation.trace,
          applyUnderLock,
          operation,
          createHooks(operation, lists, options),
          await applySpec(opened, options),
          wanted === null ? null : createClients(opened, wanted, root),
        )
  })
}

// Documents are read by parsers that take long to load.

async function readHooks({ hooks, matching }: ApplyOptions): Promise<HookLists> {
  if (hooks === undefined) return new Map()
  return (await import('./hooks/hooks-document.js')).parseHooks(hooks, matching === 'lenient')
}

async function readClients({ clients }: ApplyOptions): Promise<readonly WantedClient[] | null> {
  if (clients === undefined) return null
  return (await import('./clients/clients-document.js')).parseClients(clients)
}

async function applySpec(opened: Operation, options: ApplyOptions): Promise<ApplySpec | null> {
  if (options.cdi === undefined) return null
  return (await import('./cdi/apply-spec.js')).createApplySpec(opened, options.cdi, options.library)
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
  clients: Clients | null,
): Promise<CompletedApply> {
  const { lockFile } = operation.session
  const found = await operation.request.findScope(operation)
  // Two applies must not stop and start one client in turns.
  const scope = clients === null ? found.scope : 'machine'
  const lock = await lockScope(operation, scope)
  try {
    return await countApply({ lockFile, lock }, () =>
      applyLocked({ operation, hooks, spec, clients }, lock, { ...found, scope }),
    )
  } finally {
    lock.release()
  }
}

/** An apply, and what is done around it. */
interface Surroundings {
  readonly operation: ApplyOperation
  readonly hooks: Hooks
  readonly spec: ApplySpec | null
  readonly clients: Clients | null
}

async function applyLocked(
  { operation, hooks, spec, clients }: Surroundings,
  lock: ApplyLock,
  found: FoundScope,
): Promise<CompletedApply> {
  await hooks.start()
  let report: CompletedApply
  try {
    await clients?.begin()
    const planned = await planUnderLock(operation, hooks, clients, lock, found)
    await spec?.check(planned.state)
    report = await runTransaction(operation, lock, planned)
    await spec?.writeAfter(report)
  } catch (error) {
    await spec?.writeAfterFailure(error)
    const notStarted = (await clients?.startAgain()) ?? null
    await hooks.exitAfterFailure(toError(error))
    throw notStarted === null ? error : alsoNotStarted(toError(error), notStarted)
  }
  const notStarted = (await clients?.startAgain()) ?? null
  if (notStarted !== null) {
    await hooks.exitAfterFailure(notStarted)
    throw notStartedAfter(report, notStarted)
  }
  await hooks.exitAfterSuccess(report)
  return report
}

async function planUnderLock(
  operation: ApplyOperation,
  hooks: Hooks,
  clients: Clients | null,
  lock: ApplyLock,
  { scope, state }: FoundScope,
): Promise<PlannedMachine> {
  // An empty scope locks nothing, so reading the machine again would be no safer than the state that was read for it.
  let planned =
    scope.length === 0 && !hooks.some && state !== undefined
      ? { state, plan: planMachine(requireListedMachine(operation.request.resolve(state))) }
      : await planWithHooks(operation, hooks, clients)
  // The configuration may match other GPUs than before the wait for the lock.
  if (!coversPlan(lock.scope, planned.plan)) {
    await lock.widen()
    planned = await planPastClients(operation, clients)
  }
  hooks.remember(planned)
  publishPlan(operation, planned)
  return planned
}

/** Hooks may stop blocking processes, so they run before mig-nvml searches for any. */
async function planWithHooks(
  operation: ApplyOperation,
  hooks: Hooks,
  clients: Clients | null,
): Promise<PlannedMachine> {
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
  return planPastClients(operation, clients)
}

function publishPlan({ trace, control }: ApplyOperation, { plan }: PlannedMachine): void {
  trace.plan = plan
  control.emit({ kind: 'planned', plan })
  if (control.stopped !== null) throw control.stopped
}
