import type { GpuUuid, MigState } from '../../../types/model/state.js'
import { isGpuLocked } from '../../driver/lock/machine-lock.js'
import { groupBy } from '../../model/group-by.js'
import { findGpu } from '../../model/state.js'
import { journalPath } from './journal.js'
import { listJournals } from './journal-list.js'
import type { FoundJournal } from './journal-read.js'

/** An apply that a crash ended, or whose undo failed, as its journals describe it. */
export interface InterruptedApply {
  /** The name of the configuration. Null, as the next two: the journal cannot be used. */
  readonly config: string | null
  /** The pid and the command line of the process that wrote the journals. */
  readonly by: string | null
  /** ISO 8601. */
  readonly startedAt: string | null
  /** The GPUs whose journals are left. */
  readonly gpus: readonly InterruptedGpu[]
  /** Why the journal cannot be used, where it cannot. */
  readonly reason: string | null
}

export interface InterruptedGpu {
  readonly gpu: GpuUuid
  /** NVML's index. Null: the driver does not list the GPU, or no question was put to it. */
  readonly gpuIndex: number | null
}

/**
 * The applies that `recoverMig` would clean up after. Takes no lock and changes nothing. An apply that still runs is
 * not among them, unless it runs in a PID namespace that this process cannot see. Null: this user may not look. Needs no
 * driver, so no index is known.
 */
export async function findInterrupted(
  lockFile: string,
): Promise<readonly InterruptedApply[] | null> {
  const gpus = await listJournals(lockFile).catch(() => null)
  if (gpus === null) return null
  const found: FoundJournal[] = []
  for (const gpu of gpus) {
    const journal = await readLeft(lockFile, gpu)
    if (journal !== null) found.push(journal)
  }
  const applies = groupBy(found, ({ gpu, journal }) =>
    journal instanceof Error ? gpu : journal.apply.id,
  )
  return [...applies.values()].map(describe)
}

/** The same with the indexes of the GPUs, which order them. */
export function withIndexes(
  applies: readonly InterruptedApply[],
  state: MigState,
): readonly InterruptedApply[] {
  return applies.map((apply) => ({
    ...apply,
    gpus: apply.gpus
      .map(({ gpu }) => ({ gpu, gpuIndex: indexOf(state, gpu) }))
      .toSorted((a, b) => place(a) - place(b)),
  }))
}

/** The journal of a GPU that no process changes now; null: there is none. */
async function readLeft(lockFile: string, gpu: GpuUuid): Promise<FoundJournal | null> {
  // Most machines have no journal, and what checks one takes long to load.
  const { readJournal } = await import('./journal-read.js')
  const path = journalPath(lockFile, gpu)
  const first = path === null ? null : await readJournal(path, gpu)
  if (first === null || isGpuLocked(lockFile, gpu)) return null
  // An apply removes its journals before it lets go of the GPU. So only a journal that is there before and after the look
  // at the lock was left.
  const second = await readJournal(first.path, gpu)
  return second !== null && isSameJournal(first, second) ? second : null
}

function isSameJournal({ journal: a }: FoundJournal, { journal: b }: FoundJournal): boolean {
  if (a instanceof Error || b instanceof Error) return a instanceof Error && b instanceof Error
  return a.apply.id === b.apply.id
}

function describe(same: readonly FoundJournal[]): InterruptedApply {
  const gpus = same.map(({ gpu }) => ({ gpu, gpuIndex: null }))
  const journal = same[0]?.journal
  return journal === undefined || journal instanceof Error
    ? { config: null, by: null, startedAt: null, gpus, reason: journal?.message ?? null }
    : {
        config: journal.config,
        by: `${journal.pid} ${journal.command}`,
        startedAt: journal.startedAt,
        gpus,
        reason: null,
      }
}

function indexOf(state: MigState, gpu: GpuUuid): number | null {
  const lost = state.lostGpus.find(({ uuid }) => uuid === gpu)
  return (findGpu(state, gpu) ?? lost)?.index ?? null
}

/** By index; GPUs that are gone come last. */
function place({ gpuIndex }: InterruptedGpu): number {
  return gpuIndex ?? Number.MAX_SAFE_INTEGER
}
