import { randomUUID } from 'node:crypto'
import type { ApplyOptions } from '../../../types/options.js'
import type { GpuPlan, MigPlan } from '../../../types/plan.js'
import type { ApplyReport, CompletedApply } from '../../../types/report.js'
import type { MigState } from '../../../types/state.js'
import type { DriverSession } from '../../driver/session.js'
import { findGpu } from '../../model/state.js'
import { targetToRestore } from '../../plan/index.js'
import type { Control } from '../control.js'
import { type Baselines, findBaselines } from '../journal/baselines.js'
import { createJournal, removeJournals, writeJournals } from '../journal/journal.js'
import type { ApplyLock } from '../lock-scope.js'
import { callsOf, gpuOf, reportGpu, reportUntouched } from '../report/report.js'
import { executeGpus, type GpuRun } from './execute.js'
import { failureOf } from './failure.js'
import { findFailures } from './find-failures.js'
import { type EndedGpu, outcomeOfAll, settleGpu } from './outcome.js'
import { runBounded } from './run-bounded.js'
import { undoGpu } from './undo.js'

export interface TransactionSettings {
  readonly concurrency: number
  readonly atomic: NonNullable<ApplyOptions['atomic']>
}

/** What was read and planned under the lock. */
export interface PlannedMachine {
  readonly state: MigState
  readonly plan: MigPlan
}

/**
 * Brings the machine to a plan: writes down what it is about to do, does it, reads everything again,
 * and takes back what `atomic` says when something is not as planned. Rejects with a `MigError` that
 * carries the report.
 */
export async function runTransaction(
  session: DriverSession,
  lock: ApplyLock,
  planned: PlannedMachine,
  control: Control,
  settings: TransactionSettings,
): Promise<CompletedApply> {
  const started = performance.now()
  const { state, plan } = planned
  const baselines = await findBaselines(session, lock, plan.gpus, state, control)
  const transaction = { session, planned, baselines, control, settings, started }
  try {
    if (plan.gpus.some(({ steps }) => steps.length > 0)) return await change(transaction)
    const recovered = await baselines.settle(state, [])
    const report = reportUntouched('unchanged', plan, state, session, performance.now() - started)
    return { ...report, recovered }
  } finally {
    baselines.release()
  }
}

interface Transaction {
  readonly session: DriverSession
  readonly planned: PlannedMachine
  readonly baselines: Baselines
  readonly control: Control
  readonly settings: TransactionSettings
  readonly started: number
}

async function change(transaction: Transaction): Promise<CompletedApply> {
  const { session, planned, baselines, control, settings, started } = transaction
  const { state: before, plan } = planned
  const changing = plan.gpus.filter((gpu) => gpu.steps.length > 0)
  if (control.stopped === null) await writeDown(transaction, changing)
  const runs = await executeGpus(session, changing, before, control, settings)
  const failures = await findFailures(session, runs, control, settings.atomic)
  const cause = failures.first
  if (cause === null) control.tell({ kind: 'verified' })
  // Who holds a GPU is asked before the undo changes it.
  const failure = cause === null ? null : await failureOf(session, runs, cause)
  const ended = await runBounded(plan.gpus, settings.concurrency, (gpu) =>
    endGpu(transaction, gpu, runs, failures.of(gpu.gpu)),
  )
  const now = cause === null ? failures.after : await session.readState().catch(() => null)
  const gpus = plan.gpus.map((gpu) => {
    const is = now === null ? null : findGpu(now, gpu.gpu)
    const end = settleGpu(gpu, ended, baselines.of(gpu).before, is)
    return reportGpu(gpu, end, gpuOf(before, gpu), is, session)
  })
  const left = gpus.filter(({ outcome }) => outcome === 'failed').map(({ gpu }) => gpu)
  const recovered = await baselines.settle(now, left)
  const settled = changing.map(({ gpu }) => gpu).filter((gpu) => !left.includes(gpu))
  // One that stays tells the next call of a GPU that is as wanted, or as before.
  await removeJournals(session.lockFile, settled).catch(() => {})
  const report: ApplyReport = {
    ...{ outcome: outcomeOfAll(gpus), plan, gpus, before, after: now, recovered },
    ...{ calls: callsOf(session), durationMs: performance.now() - started },
  }
  if (failure !== null) throw failure(report)
  return report as CompletedApply
}

async function writeDown(
  { session, planned, baselines, settings }: Transaction,
  changing: readonly GpuPlan[],
): Promise<void> {
  const { state, plan } = planned
  const { atomic } = settings
  const apply = { id: randomUUID(), atomic, gpus: changing.map(({ gpu }) => gpu) }
  await writeJournals(
    session.lockFile,
    changing.map((gpu) => {
      const found = targetToRestore(gpuOf(state, gpu))
      return createJournal(plan.config, apply, gpu, baselines.of(gpu).before, found)
    }),
  )
}

/** Takes back what was done to a GPU, where `cause` and `atomic` say so. */
async function endGpu(
  { session, baselines, control, settings }: Transaction,
  gpu: GpuPlan,
  runs: readonly GpuRun[],
  cause: Error | null,
): Promise<EndedGpu> {
  const run = runs.find((each) => each.plan === gpu)
  const { steps, durationMs } = run ?? { steps: [], durationMs: 0 }
  const baseline = baselines.of(gpu)
  const isTouched = steps.some(({ status }) => status !== 'not-started')
  if (cause === null) return { gpu, steps, durationMs, end: 'as-planned' }
  if (settings.atomic === 'none') return { gpu, steps, durationMs, end: 'left' }
  if (!isTouched && baseline.unfinished === null)
    return { gpu, steps, durationMs, end: 'untouched' }
  const begun = performance.now()
  const undone = await undoGpu(session, gpu, steps, baseline, control, cause)
  return {
    ...{ gpu, steps: undone.steps, durationMs: durationMs + performance.now() - begun },
    end: undone.failure === null ? 'undone' : 'not-undone',
  }
}
