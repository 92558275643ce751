import type { GpuPlan, TargetGpu } from '../../../types/machine/plan.js'
import type { RecoveredGpu } from '../../../types/machine/report.js'
import type { GpuUuid, ListedMigState } from '../../../types/model/state.js'
import type { Lock } from '../../driver/lock/lock.js'
import { tryLockGpu } from '../../driver/lock/machine-lock.js'
import { findGpu, gpuOf } from '../../model/state.js'
import { targetToRestore } from '../../plan/gpu/target.js'
import { type ApplyLock, isInScope } from '../operation/lock-scope.js'
import type { Operation, PlannedMachine } from '../operation/operation.js'
import { differencesFromTarget } from '../operation/verify.js'
import {
  findUnfinished,
  isFinished,
  type Unfinished,
  type UnfinishedGpu,
} from './assess-journal.js'
import { type GpuJournal, removeJournals } from './journal.js'
import { listJournals } from './journal-list.js'
import { describeRecovery, emitRecovering, recoverGpu } from './recover-gpu.js'

/** Where an undo leads. */
export interface Baseline {
  readonly before: TargetGpu
  /** The GPU was found as it was `before`. */
  readonly isFound: boolean
  /** The journal of an interrupted apply. With one, the GPU was not found as it was `before`. */
  readonly unfinished: GpuJournal | null
}

/** Where the undo of each GPU leads, and what interrupted applies have to do with it. */
export interface Baselines {
  /** GPUs outside the plan were brought back, so the state that was read is out of date. */
  readonly changedOthers: boolean
  of(plan: GpuPlan): Baseline
  /** What became of the interrupted applies. Journals of the GPUs in `left` stay for the next call. */
  settle(now: ListedMigState | null, left: readonly GpuUuid[]): Promise<readonly RecoveredGpu[]>
  /** Releases the locks on GPUs outside the plan. */
  release(): void
}

/**
 * Finds what interrupted applies have left. A GPU of the plan was planned from its state now; its undo leads to the state
 * before the interrupted apply, because nobody asked for the half-finished state in between. Other GPUs are brought back
 * now, if their locks are free.
 */
export async function findBaselines(
  operation: Operation,
  lock: ApplyLock,
  { state, plan: { gpus: plans } }: PlannedMachine,
): Promise<Baselines> {
  const { session, control } = operation
  const { unfinished: all, locks } = await findReachable(operation, lock, state)
  const planned = new Map<GpuUuid, Unfinished>()
  const recovered: RecoveredGpu[] = []
  for (const each of all) {
    const isPlanned = plans.some(({ gpu }) => gpu === each.found.gpu)
    if (isPlanned && each.kind !== 'unusable') {
      planned.set(each.found.gpu, each)
      emitRecovering(operation, each)
    } else {
      const direction = isFinished(each, all) ? 'finish' : 'undo'
      recovered.push(await recoverGpu(operation, each, direction))
    }
  }

  return {
    changedOthers: recovered.length > 0,
    of(plan) {
      const unfinished = planned.get(plan.gpu)
      return unfinished !== undefined && isHalfDone(unfinished, all)
        ? { before: unfinished.journal.before, isFound: false, unfinished: unfinished.journal }
        : { before: targetToRestore(gpuOf(state, plan)), isFound: true, unfinished: null }
    },
    async settle(now, left) {
      for (const [gpu, unfinished] of planned) {
        const outcome = left.includes(gpu) ? 'kept' : outcomeOf(unfinished, now)
        if (outcome !== 'kept') await removeJournals(session.lockFile, [gpu]).catch(() => {})
        const settled = describeRecovery(unfinished, { outcome })
        recovered.push(settled)
        control.emit({ kind: 'recovered', recovered: settled })
      }
      planned.clear()
      return recovered
    },
    release() {
      for (const more of locks.splice(0)) more.release()
    },
  }
}

/** A GPU that reached its target still counts if another GPU of the same apply did not. */
function isHalfDone(one: Unfinished, all: readonly Unfinished[]): one is UnfinishedGpu {
  return one.kind === 'between' || (one.kind === 'as-wanted' && !isFinished(one, all))
}

/** The journals of GPUs that are locked already, or can be locked now. When it rejects, it has locked nothing. */
async function findReachable(
  { session }: Operation,
  lock: ApplyLock,
  state: ListedMigState,
): Promise<{ readonly unfinished: readonly Unfinished[]; readonly locks: Lock[] }> {
  const { lockFile } = session
  const gpus = await listJournals(lockFile)
  const locks: Lock[] = []
  try {
    const reachable = gpus.filter((gpu) => {
      if (isInScope(lock.scope, gpu)) return true
      const more = tryLockGpu(lockFile, gpu)
      if (more !== null) locks.push(more)
      return more !== null
    })
    // Before it was locked, another process may have changed a GPU and died.
    const now = locks.length === 0 ? state : await session.readListedState()
    return { unfinished: await findUnfinished(lockFile, now, reachable), locks }
  } catch (error) {
    for (const more of locks) more.release()
    throw error
  }
}

function outcomeOf(unfinished: Unfinished, now: ListedMigState | null): RecoveredGpu['outcome'] {
  if (unfinished.kind === 'unusable') return 'set-aside'
  if (unfinished.kind === 'obsolete') return 'obsolete'
  const { journal } = unfinished
  const live = now === null ? null : findGpu(now, journal.gpu)
  if (live === null) return 'kept'
  if (differencesFromTarget(live, journal.target).length === 0) return 'finished'
  return differencesFromTarget(live, journal.before).length === 0 ? 'undone' : 'superseded'
}
