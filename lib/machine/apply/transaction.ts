import { randomUUID } from 'node:crypto'
import type { ApplyReport, CompletedApply } from '../../../types/machine/report.js'
import type { GpuUuid, ListedMigState } from '../../../types/model/state.js'
import { findGpu, gpuOf } from '../../model/state.js'
import { targetToRestore } from '../../plan/gpu/target.js'
import { type Baselines, findBaselines } from '../journal/baselines.js'
import { createJournal, type GpuJournal, leaveJournals, writeJournals } from '../journal/journal.js'
import { isAbort } from '../operation/control.js'
import type { ApplyLock } from '../operation/lock-scope.js'
import type { ApplyOperation, PlannedMachine } from '../operation/operation.js'
import { checkGpus } from './check.js'
import { failureOf, waitingError } from './failure.js'
import { type GpuProgress, hasSteps, isTouched, startGpu } from './gpu-progress.js'
import { outcomeOfAll, outcomeOfGpu } from './outcome.js'
import { callsOf, reportGpu, reportUntouched } from './report.js'
import { runGpu } from './run-gpu.js'
import { settleUndo, undoGpu } from './undo.js'

/**
 * Brings the machine to a plan. Each GPU of the plan has one record, `GpuProgress`, which goes through the stages:
 * journal, run, check, undo, end. Rejects with a `MigError` that carries the report.
 */
export async function runTransaction(
  operation: ApplyOperation,
  lock: ApplyLock,
  planned: PlannedMachine,
): Promise<CompletedApply> {
  const { session, control, settings } = operation
  const started = performance.now()
  const baselines = await findBaselines(operation, lock, planned)
  try {
    const gpus = startGpus(operation, planned, baselines)
    if (!baselines.changedOthers && !gpus.some(hasSteps)) {
      const recovered = await baselines.settle(planned.state, [])
      return { ...reportUntouched(operation, planned, 'unchanged', started), recovered }
    }

    if (control.stopped === null) await writeDown(operation, planned, gpus.filter(hasSteps))
    const inRunOrder = gpus.toSorted((a, b) => turnOf(a) - turnOf(b))
    for (const gpu of inRunOrder.filter(hasSteps)) await runGpu(operation, gpu)

    const checked = await checkGpus(operation, inRunOrder)
    const failed = inRunOrder.find(({ failure }) => failure !== null)
    const cause = failed?.failure ?? (settings.modeOnly ? null : waitingError(gpus))
    if (cause === null) control.emit({ kind: 'verified' })
    // The undo changes what processes hold, so holders are named before it.
    const rejection = cause === null ? null : await failureOf(operation, gpus, cause)

    for (const gpu of gpus) if (mustUndo(operation, gpu)) await undoGpu(operation, gpu)

    // Without an undo nothing has changed since the check: the report says what the error says.
    const isChecked = failed === undefined || settings.atomic === 'none'
    const after = isChecked ? checked : await readTwice(operation)
    for (const gpu of gpus) endGpu(operation, gpu, after)
    const reports = gpus.map((gpu) => reportGpu(operation, gpu))
    const recovered = await settleJournals(operation, baselines, gpus, after)

    const report: ApplyReport = {
      outcome: outcomeOfAll(reports),
      plan: planned.plan,
      gpus: reports,
      before: planned.state,
      after,
      recovered,
      calls: callsOf(session),
      durationMs: performance.now() - started,
    }
    if (rejection !== null && !hasReturned(operation, report, cause)) throw rejection(report)
    return report as CompletedApply
  } finally {
    baselines.release()
  }
}

function startGpus(
  { request }: ApplyOperation,
  { plan, state }: PlannedMachine,
  baselines: Baselines,
): readonly GpuProgress[] {
  return plan.gpus.map((gpu) => {
    const baseline = request.returns
      ? { before: gpu.target, isFound: false, unfinished: null }
      : baselines.of(gpu)
    return startGpu(gpu, gpuOf(state, gpu), baseline)
  })
}

/** All journals are on the disk before the first change. */
async function writeDown(
  { session, settings: { atomic } }: ApplyOperation,
  { plan: { config } }: PlannedMachine,
  changing: readonly GpuProgress[],
): Promise<void> {
  const apply = { id: randomUUID(), atomic, gpus: changing.map(uuidOf) }
  const journals: GpuJournal[] = []
  for (const gpu of changing) {
    const { gpu: uuid, target } = gpu.plan
    const { before } = gpu.baseline
    const found = targetToRestore(gpu.before)
    gpu.journal = createJournal({ apply, config, gpu: uuid, before, found, target })
    journals.push(gpu.journal)
  }
  await writeJournals(session.lockFile, journals)
}

/**
 * GPUs that change their MIG mode by a reset come first: if a reset is refused, nothing of the others has been
 * changed. GPUs without steps come last: their failures are reported only if no other GPU fails.
 */
function turnOf({ plan: { steps } }: GpuProgress): number {
  if (steps.length === 0) return 2
  return steps.some((step) => step.kind === 'set-mig-mode' && step.needsReset === true) ? 0 : 1
}

function mustUndo({ settings: { atomic } }: ApplyOperation, gpu: GpuProgress): boolean {
  if (gpu.failure === null || atomic === 'none') return false
  return isTouched(gpu) || !gpu.baseline.isFound
}

/** What became of a GPU: by the last read of the machine, or by that of its undo if there is none. */
function endGpu(operation: ApplyOperation, gpu: GpuProgress, after: ListedMigState | null): void {
  gpu.now = after === null ? (gpu.undo?.now ?? null) : findGpu(after, gpu.plan.gpu)
  settleUndo(operation, gpu)
  gpu.outcome = outcomeOfGpu(operation, gpu)
}

/** The journals of GPUs that the next call has to bring back stay; the others go. */
async function settleJournals(
  { session }: ApplyOperation,
  baselines: Baselines,
  gpus: readonly GpuProgress[],
  after: ListedMigState | null,
): Promise<ApplyReport['recovered']> {
  const left = gpus.filter(isLeft)
  const recovered = await baselines.settle(after, left.map(uuidOf))
  const staying = left.flatMap(({ journal, baseline }) => journal ?? baseline.unfinished ?? [])
  const done = gpus.filter((gpu) => gpu.journal !== null && !left.includes(gpu))
  await leaveJournals(session.lockFile, staying, done.map(uuidOf))
  return recovered
}

function uuidOf({ plan }: GpuProgress): GpuUuid {
  return plan.gpu
}

/**
 * Whether the next call has to bring the GPU back, because an undo could not. Where nothing was to be undone, only
 * what an earlier apply left counts.
 */
function isLeft({ outcome, failure, undo, baseline }: GpuProgress): boolean {
  if (outcome !== 'failed' || failure === null) return false
  return undo === null ? baseline.unfinished !== null : undo.failure !== null
}

/** Null: it cannot be read. One refusal is not believed, because the report would know nothing. */
function readTwice({ session }: ApplyOperation): Promise<ListedMigState | null> {
  return session.readListedState().catch(() => session.readListedState().catch(() => null))
}

/** The second attempt has brought back what the first could not. */
function hasReturned(
  { request }: ApplyOperation,
  { outcome }: ApplyReport,
  cause: Error | null,
): boolean {
  return request.returns && !isAbort(cause) && (outcome === 'applied' || outcome === 'unchanged')
}
