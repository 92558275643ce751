import type { TargetGpu } from '../../../types/machine/plan.js'
import type { GpuState, ListedMigState } from '../../../types/model/state.js'
import { formatPlacement } from '../../model/placement.js'
import { findGpu } from '../../model/state.js'
import { readBootId } from '../../system/boot-id.js'
import { differencesFromTarget } from '../operation/verify.js'
import { type GpuJournal, journalPath } from './journal.js'
import { clearDraft } from './journal-file.js'
import { listJournals } from './journal-list.js'
import { type FoundJournal, readJournal } from './journal-read.js'

/** A journal, and the state of its GPU now. */
export type Unfinished =
  | { readonly kind: 'unusable'; readonly found: FoundJournal; readonly reason: string }
  | LostTrack<'obsolete'>
  | LostTrack<'unreadable'>
  | UnfinishedGpu

/** `obsolete`: there is nothing to undo. `unreadable`: the GPU cannot be read now. */
interface LostTrack<Kind> {
  readonly kind: Kind
  readonly found: FoundJournal
  readonly journal: GpuJournal
  readonly live: GpuState | null
  readonly reason: string
}

/** The GPU is as before that apply, as that apply wanted it, or something in between. */
export interface UnfinishedGpu {
  readonly kind: 'as-before' | 'as-wanted' | 'between'
  readonly found: FoundJournal
  readonly journal: GpuJournal
  readonly live: GpuState
}

/**
 * What the journals of these GPUs say; by default, of all GPUs. The caller has the lock on them. So a draft of a
 * journal has lost its writer, and is removed.
 */
export async function findUnfinished(
  lockFile: string,
  state: ListedMigState,
  gpus?: readonly string[],
): Promise<readonly Unfinished[]> {
  const all: Unfinished[] = []
  for (const gpu of await listJournals(lockFile)) {
    const path = gpus === undefined || gpus.includes(gpu) ? journalPath(lockFile, gpu) : null
    if (path === null) continue
    // If it cannot be removed, the next journal of that GPU says why.
    await clearDraft(path).catch(() => {})
    const found = await readJournal(path, gpu)
    if (found !== null) all.push(assessJournal(found, state))
  }
  return all
}

function assessJournal(found: FoundJournal, state: ListedMigState): Unfinished {
  const { journal } = found
  if (journal instanceof Error) return { kind: 'unusable', found, reason: journal.message }
  const live = findGpu(state, found.gpu)
  if (live === null) {
    // The driver may not report the UUID of a lost GPU.
    if (state.lostGpus.some(({ uuid }) => uuid === null || uuid === found.gpu))
      return lostTrack('unreadable', found, journal, 'the GPU has fallen off the bus')
    return journal.bootId === readBootId()
      ? lostTrack('unreadable', found, journal, 'the driver does not list the GPU')
      : lostTrack('obsolete', found, journal, 'the machine has been rebooted, and the GPU is gone')
  }
  if (live.mig === null)
    return lostTrack(
      'unreadable',
      found,
      journal,
      'the driver reports that the GPU does not support MIG',
    )
  if (differencesFromTarget(live, journal.before).length === 0)
    return { kind: 'as-before', found, journal, live }
  if (differencesFromTarget(live, journal.target).length === 0)
    return { kind: 'as-wanted', found, journal, live }
  const reason = whyObsolete(journal, live)
  return reason === null
    ? { kind: 'between', found, journal, live }
    : { kind: 'obsolete', found, journal, live, reason }
}

function lostTrack<Kind>(
  kind: Kind,
  found: FoundJournal,
  journal: GpuJournal,
  reason: string,
): LostTrack<Kind> {
  return { kind, found, journal, live: null, reason }
}

function whyObsolete({ bootId, before, found, target }: GpuJournal, live: GpuState) {
  if (bootId !== readBootId()) return 'the machine has been rebooted, which ends all instances'
  const states = [before, found, target].map(keysOf)
  const now = keysOf(live)
  const foreign = [...now].some((key) => !states.some((keys) => keys.has(key)))
  const [first = new Set<string>(), ...rest] = states
  const missing = [...first].some((key) => rest.every((keys) => keys.has(key)) && !now.has(key))
  return foreign || missing ? 'another program has changed the GPU since' : null
}

/** What is on a GPU, without placements of compute instances, which not every driver reports. */
function keysOf({ gpuInstances }: Pick<TargetGpu, 'gpuInstances'>): ReadonlySet<string> {
  return new Set(
    gpuInstances.flatMap(({ profileId, placement, computeInstances }) => {
      const key = `${profileId} ${formatPlacement(placement)}`
      return [key, ...computeInstances.map(({ sliceCount }) => `${key} ${sliceCount}`)]
    }),
  )
}

/**
 * Whether the apply had finished for this GPU: the GPU is as wanted, and so are all GPUs that the apply was to change
 * together with it.
 */
export function isFinished(one: Unfinished, all: readonly Unfinished[]): boolean {
  if (one.kind !== 'as-wanted') return false
  const { apply } = one.journal
  if (apply.undone) return false
  if (apply.atomic !== 'machine') return true
  const same = all.filter((each) => 'journal' in each && each.journal.apply.id === apply.id)
  // Journals are removed when everything has been verified.
  return same.length < apply.gpus.length || same.every(({ kind }) => kind === 'as-wanted')
}
