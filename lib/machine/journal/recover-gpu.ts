import type { RecoverOptions } from '../../../types/machine/options.js'
import type { PlanStep } from '../../../types/machine/plan.js'
import type { RecoveredGpu } from '../../../types/machine/report.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { toError } from '../../errors.js'
import { describeProcess } from '../../model/process-text.js'
import { holdersOfMode, usersOfDestroyed } from '../../plan/gpu/in-the-way.js'
import { planToTarget } from '../../plan/gpu/plan-steps.js'
import { bringTo } from '../operation/bring-to.js'
import type { Operation } from '../operation/operation.js'
import { differencesFromTarget } from '../operation/verify.js'
import type { Unfinished, UnfinishedGpu } from './assess-journal.js'
import { markUndone, removeJournals } from './journal.js'
import { putAside } from './journal-file.js'

type Ending = Pick<RecoveredGpu, 'outcome'> & { readonly reason?: string }

/**
 * Cleans up what an interrupted apply left on a GPU that is in no plan now. Never rejects: what cannot be done stays for
 * the next call, and the result says why.
 */
export async function recoverGpu(
  operation: Operation,
  unfinished: Unfinished,
  direction: NonNullable<RecoverOptions['direction']>,
): Promise<RecoveredGpu> {
  const { session, control } = operation
  emitRecovering(operation, unfinished)
  const recovered = describeRecovery(
    unfinished,
    await endOf(session, unfinished, direction).catch(
      (error: unknown): Ending => ({ outcome: 'kept', reason: toError(error).message }),
    ),
  )
  control.emit({ kind: 'recovered', recovered })
  return recovered
}

async function endOf(
  session: DriverSession,
  unfinished: Unfinished,
  direction: NonNullable<RecoverOptions['direction']>,
): Promise<Ending> {
  const { found } = unfinished
  if (unfinished.kind === 'unusable') {
    const path = await putAside(found.path)
    return { outcome: 'set-aside', reason: `${unfinished.reason}; now ${path}` }
  }
  if (unfinished.kind === 'unreadable') return { outcome: 'kept', reason: unfinished.reason }
  const outcome = direction === 'undo' ? 'undone' : 'finished'
  const ending: Ending =
    unfinished.kind === 'obsolete'
      ? { outcome: 'obsolete', reason: unfinished.reason }
      : await bringBack(session, unfinished, outcome)
  if (ending.outcome === 'kept') {
    if (direction === 'undo') await markUndone(session.lockFile, [unfinished.journal])
    return ending
  }
  await removeJournals(session.lockFile, [found.gpu])
  return ending
}

async function bringBack(
  session: DriverSession,
  { journal, live }: UnfinishedGpu,
  outcome: 'undone' | 'finished',
): Promise<Ending> {
  const target = outcome === 'undone' ? journal.before : journal.target
  const steps = planToTarget(live, target)
  const holders = await findLosers(session, live, steps)
  if (holders.length > 0)
    return { outcome: 'kept', reason: `in use by ${holders.map(describeProcess).join(', ')}` }
  const { failure } = await bringTo(session, live, target)
  if (failure === null) return { outcome }
  const cause = failure.cause instanceof Error ? ` (${failure.cause.message})` : ''
  return { outcome: 'kept', reason: `${failure.message}${cause}` }
}

/** The processes that would lose something by these steps. */
async function findLosers(
  session: DriverSession,
  gpu: GpuState,
  steps: readonly PlanStep[],
): Promise<readonly GpuProcess[]> {
  if (steps.length === 0) return []
  const { processes } = await session.readHolders([gpu.uuid], { scan: true })
  const all = processes.get(gpu.uuid) ?? []
  const mode = steps.find((step) => step.kind === 'set-mig-mode')
  const destroyed = usersOfDestroyed({ steps }, all)
  if (mode === undefined) return destroyed
  const byReset = await session.changesModeByReset(gpu.uuid)
  const change = { gpu, migEnabled: mode.enabled, byReset, skipReset: false }
  return [...new Set([...destroyed, ...holdersOfMode(change, all)])]
}

export function describeRecovery(
  unfinished: Unfinished,
  { outcome, reason = '' }: Ending,
): RecoveredGpu {
  const { found } = unfinished
  if (unfinished.kind === 'unusable')
    return {
      gpu: found.gpu,
      gpuIndex: null,
      config: null,
      by: null,
      left: [],
      outcome,
      reason,
    }
  const { journal, live } = unfinished
  return {
    gpu: found.gpu,
    gpuIndex: live?.index ?? null,
    config: journal.config,
    by: writerOf(unfinished),
    left: live === null ? [] : differencesFromTarget(live, journal.before),
    outcome,
    reason: reason === '' ? null : reason,
  }
}

export function emitRecovering({ control }: Operation, unfinished: Unfinished): void {
  if (unfinished.kind === 'unusable') return
  const { gpu, config } = unfinished.journal
  control.emit({ kind: 'recovering', gpu, config, by: writerOf(unfinished) })
}

function writerOf({ journal }: Exclude<Unfinished, { kind: 'unusable' }>): string {
  return `${journal.pid} ${journal.command}`
}
