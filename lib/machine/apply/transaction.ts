import { randomUUID } from 'node:crypto'
import type { GpuPlan, MigPlan } from '../../../types/machine/plan.js'
import type { ApplyReport, CompletedApply } from '../../../types/machine/report.js'
import type { GpuState, ListedMigState } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { findGpu, gpuOf } from '../../model/state.js'
import { targetToRestore } from '../../plan/gpu/target.js'
import { type Baselines, findBaselines } from '../journal/baselines.js'
import { createJournal, type GpuJournal, leaveJournals, writeJournals } from '../journal/journal.js'
import { type Control, isAbort } from '../operation/control.js'
import type { ApplyLock } from '../operation/lock-scope.js'
import { executeGpus, type GpuRun, type NoteNewPlan } from './execute.js'
import { failureOf } from './failure.js'
import { findFailures } from './find-failures.js'
import { type EndedGpu, outcomeOfAll, outcomeOfGpu } from './outcome.js'
import { callsOf, type GpuEnd, reportGpu, reportUntouched } from './report.js'
import type { TransactionSettings } from './settings.js'
import { type Baseline, settleUndo, undoGpu } from './undo.js'
import { waitingError } from './waiting-error.js'

/** What was read and planned under the lock. */
export interface PlannedMachine {
  readonly state: ListedMigState
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
    if (baselines.changedOthers || plan.gpus.some(({ steps }) => steps.length > 0))
      return await change(transaction)
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
  const journals = control.stopped === null ? await writeDown(transaction, changing) : []
  const noteNewPlan: NoteNewPlan = async ({ gpu, target }, now) => {
    const index = journals.findIndex((journal) => journal.gpu === gpu)
    const journal = journals[index]
    if (journal === undefined) return
    journals[index] = { ...journal, found: targetToRestore(now), target }
    await writeJournals(session.lockFile, [journals[index]])
  }
  const runs = await executeGpus(session, changing, before, control, settings, noteNewPlan)
  const failures = await findFailures(session, plan.gpus, runs, control, settings.atomic)
  const cause = failures.first ?? (settings.modeOnly ? null : waitingError(runs))
  if (cause === null) control.tell({ kind: 'verified' })
  // Who holds a GPU is asked before the undo changes it.
  const failure = cause === null ? null : await failureOf(session, runs, cause, settings.atomic)
  const ended: EndedGpu[] = []
  for (const gpu of plan.gpus)
    ended.push(await endGpu(transaction, gpu, runs, failures.of(gpu.gpu)))
  // With `none` nothing has changed since: the report says what the error says.
  const isSame = failures.first === null || settings.atomic === 'none'
  const now = isSame ? failures.after : await readAgain(session)
  const settled = ended.map((end) => settleGpu(transaction, end, now))
  const gpus = settled.map((end) =>
    reportGpu(end.gpu, end, gpuOf(before, end.gpu), end.now, session),
  )
  const left = settled.flatMap((end) => (isLeft(end) ? [end.gpu.gpu] : []))
  const recovered = await baselines.settle(now, left)
  const noted = new Set(journals.map(({ gpu }) => gpu))
  const old = settled.flatMap(({ baseline: { unfinished: journal } }) =>
    journal !== null && left.includes(journal.gpu) && !noted.has(journal.gpu) ? [journal] : [],
  )
  await leaveJournals(session.lockFile, [...journals, ...old], left)
  const report: ApplyReport = {
    ...{ outcome: outcomeOfAll(gpus), plan, gpus, before, after: now, recovered },
    ...{ calls: callsOf(session), durationMs: performance.now() - started },
  }
  if (failure !== null && !hasReturned(report, cause, settings)) throw failure(report)
  return report as CompletedApply
}

/** The second attempt has brought back what the first could not. */
function hasReturned(
  { outcome }: ApplyReport,
  cause: Error | null,
  { returns }: TransactionSettings,
): boolean {
  return returns && !isAbort(cause) && (outcome === 'applied' || outcome === 'unchanged')
}

/** Where the undo of a GPU leads. */
function baselineOf({ baselines, settings }: Transaction, gpu: GpuPlan): Baseline {
  return settings.returns
    ? { before: gpu.target, isFound: false, unfinished: null }
    : baselines.of(gpu)
}

async function writeDown(
  transaction: Transaction,
  changing: readonly GpuPlan[],
): Promise<GpuJournal[]> {
  const { session, planned, settings } = transaction
  const { state, plan } = planned
  const { atomic } = settings
  const apply = { id: randomUUID(), atomic, gpus: changing.map(({ gpu }) => gpu) }
  const journals = changing.map((gpu) => {
    const found = targetToRestore(gpuOf(state, gpu))
    return createJournal(plan.config, apply, gpu, baselineOf(transaction, gpu).before, found)
  })
  await writeJournals(session.lockFile, journals)
  return journals
}

/** Null: it cannot be read. One refusal is not believed: the report would know nothing. */
async function readAgain(session: DriverSession): Promise<ListedMigState | null> {
  return session.readListedState().catch(() => session.readListedState().catch(() => null))
}

interface SettledGpu extends EndedGpu, GpuEnd {
  readonly baseline: Baseline
  readonly now: GpuState | null
}

/** What became of a GPU: by the last look at the machine; by that of its undo where there was none. */
function settleGpu(
  transaction: Transaction,
  ended: EndedGpu,
  after: ListedMigState | null,
): SettledGpu {
  const { gpu } = ended
  const { control } = transaction
  const baseline = baselineOf(transaction, gpu)
  const now = after === null ? (ended.undo?.now ?? null) : findGpu(after, gpu.gpu)
  const undo = ended.undo === null ? null : settleUndo(ended.undo, baseline, now, control)
  return {
    ...ended,
    undo,
    baseline,
    now,
    outcome: outcomeOfGpu(ended, baseline.before, now),
    steps: undo?.steps ?? ended.steps,
    undoCalls: undo?.calls ?? [],
  }
}

/**
 * Whether the next call has to bring it back: an undo could not. Where nothing was to be undone, it is
 * only what an earlier apply had left.
 */
function isLeft({ outcome, cause, undo, baseline }: SettledGpu): boolean {
  if (outcome !== 'failed' || cause === null) return false
  return undo === null ? baseline.unfinished !== null : undo.failure !== null
}

/** Takes back what was done to a GPU, where `cause` and `atomic` say so. */
async function endGpu(
  transaction: Transaction,
  gpu: GpuPlan,
  runs: readonly GpuRun[],
  cause: Error | null,
): Promise<EndedGpu> {
  const { session, control, settings } = transaction
  const run = runs.find((each) => each.plan === gpu)
  const { steps, target, durationMs } = run ?? { steps: [], target: gpu.target, durationMs: 0 }
  const baseline = baselineOf(transaction, gpu)
  const isTouched = steps.some(({ status }) => status !== 'not-started')
  const waits = run?.waits === true && !settings.modeOnly
  const ended = { gpu, target, waits, steps, cause }
  if (cause === null || settings.atomic === 'none' || (!isTouched && baseline.isFound))
    return { ...ended, durationMs, undo: null }
  const begun = performance.now()
  const undo = await undoGpu(session, gpu, steps, baseline, control, cause)
  return { ...ended, durationMs: durationMs + performance.now() - begun, undo }
}
