import type { MigConfigInput } from '../../types/config/config.js'
import type { ApplyOptions } from '../../types/machine/options.js'
import type { CompletedApply } from '../../types/machine/report.js'
import type { ApplyTrace } from '../../types/machine/tracing.js'
import { parseConfig } from '../config/document/parse.js'
import { selectConfig } from '../config/document/select.js'
import type { DriverSession } from '../driver/session.js'
import { planMachine } from '../plan/plan-machine.js'
import { reportUntouched } from './apply/report.js'
import type { TransactionSettings } from './apply/settings.js'
import { type PlannedMachine, runTransaction } from './apply/transaction.js'
import { aroundHooks, createHooks, type Hooks } from './hooks/hooks.js'
import { parseHooks } from './hooks/hooks-document.js'
import { type Control, createControl } from './operation/control.js'
import { coversPlan, lockScope } from './operation/lock-scope.js'
import { type ApplyRequest, requestOf } from './operation/request.js'
import { traceApply } from './operation/tracing.js'
import { withSession } from './operation/with-session.js'
import { readAndEvict, readAndPlan } from './plan.js'

export async function applyMigConfig(
  input: MigConfigInput,
  options: ApplyOptions = {},
): Promise<CompletedApply> {
  const config = selectConfig(parseConfig(input, options), options.config)
  return applyRequest(requestOf(config, options), options)
}

/** Brings a machine to what is asked for, with hooks around it. */
export async function applyRequest(
  request: ApplyRequest,
  options: ApplyOptions,
): Promise<CompletedApply> {
  const lists = parseHooks(options.hooks ?? {}, options.matching === 'lenient')
  const control = createControl(options)
  const settings = settingsOf(request, options)
  const work = (session: DriverSession): Promise<CompletedApply> => {
    const trace: ApplyTrace = { config: request.name, libraryPath: session.libraryPath }
    const tellPlan = ({ plan }: PlannedMachine): void => {
      trace.plan = plan
      control.tell({ kind: 'planned', plan })
      if (control.stopped !== null) throw control.stopped
    }
    const hooks = createHooks(request, lists, options, control, session.lockFile)
    const stoppable = { ...options, signal: control.signal }
    return traceApply(trace, () =>
      options.dryRun === true
        ? planOnly(session, request, stoppable, tellPlan)
        : applyUnderLock(session, request, hooks, stoppable, control, settings, tellPlan),
    )
  }
  return withSession(options, work, control)
}

function settingsOf(
  { returns = false }: ApplyRequest,
  { atomic = 'machine', modeOnly = false }: ApplyOptions,
): TransactionSettings {
  return { atomic, modeOnly, returns }
}

type TellPlan = (planned: PlannedMachine) => void

async function planOnly(
  session: DriverSession,
  request: ApplyRequest,
  options: ApplyOptions,
  tellPlan: TellPlan,
): Promise<CompletedApply> {
  const started = performance.now()
  const planned = await readAndPlan(session, request, options)
  tellPlan(planned)
  const { plan, state } = planned
  return reportUntouched('planned', plan, state, session, performance.now() - started)
}

async function applyUnderLock(
  session: DriverSession,
  request: ApplyRequest,
  hooks: Hooks,
  options: ApplyOptions,
  control: Control,
  settings: TransactionSettings,
  tellPlan: TellPlan,
): Promise<CompletedApply> {
  const found = await request.findScope(session, options)
  let lock = await lockScope(session, found.scope, control)
  try {
    return await aroundHooks(hooks, async () => {
      // Where nothing is named, what was read for the scope is as good as what the lock keeps.
      const known = found.scope.length === 0 && !hooks.some ? found.state : undefined
      let planned =
        known === undefined
          ? await planWithHooks(session, request, hooks, options)
          : { state: known, plan: planMachine(request.resolve(known)) }
      if (!coversPlan(lock.scope, planned.plan)) {
        // It names other GPUs than it did before we waited.
        lock.release()
        lock = await lockScope(session, 'machine', control)
        planned = await readAndEvict(session, request, options)
      }
      hooks.remember(planned)
      tellPlan(planned)
      return runTransaction(session, lock, planned, control, settings)
    })
  } finally {
    lock.release()
  }
}

/** Hooks stop who is in the way: they run before it is looked who is. */
async function planWithHooks(
  session: DriverSession,
  request: ApplyRequest,
  hooks: Hooks,
  options: ApplyOptions,
): Promise<PlannedMachine> {
  if (hooks.beforeSteps) {
    const state = await session.readListedState(options)
    const { modeOnly = false, skipReset = false } = options
    const { driverVersion } = state
    const planning = { modeOnly, skipReset, driverVersion }
    const plan = planMachine(request.resolve(state), undefined, planning)
    await hooks.prepare({ state, plan })
  }
  return readAndEvict(session, request, options)
}
