import type { ApplyOptions } from '../../../types/machine/options.js'
import type { TargetGpu } from '../../../types/machine/plan.js'
import type { GpuUuid } from '../../../types/model/state.js'
import { besideLockFile } from '../../driver/lock/lock-file.js'
import { readBootId } from '../../system/boot-id.js'
import { ownCommandLine } from '../../system/command-line.js'
import { removeRecords, writeRecords } from './journal-file.js'

/**
 * What an apply writes down about one GPU before it changes it. It is removed when the GPU is as wanted or again as
 * before. It lies beside the lock file, and belongs to the process that has the lock on the GPU.
 */
export interface GpuJournal {
  readonly format: 'mig-nvml journal'
  readonly version: 1
  /** The kernel's boot id. A reboot ends all instances. Null: the kernel does not report it. */
  readonly bootId: string | null
  readonly pid: number
  readonly command: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly apply: InterruptibleApply
  /** The name of the configuration. */
  readonly config: string
  readonly gpu: GpuUuid
  /** How the GPU was, and becomes again when the apply is undone. */
  readonly before: TargetGpu
  /** How the apply found the GPU. It differs from `before` after an interrupted apply. */
  readonly found: TargetGpu
  readonly target: TargetGpu
}

/** What the journals of one apply have in common. */
export interface InterruptibleApply {
  readonly id: string
  readonly atomic: NonNullable<ApplyOptions['atomic']>
  /** All GPUs that it changes. Each has a journal from before the first change until all are as wanted. */
  readonly gpus: readonly GpuUuid[]
  /**
   * The apply is being undone and some of its journals are already deleted, so GPUs that reached their target must be
   * undone as well.
   */
  readonly undone?: true
}

/** Null where no journal is kept, because the machine ends with this process. */
export function journalPath(lockFile: string, gpu: GpuUuid): string | null {
  return besideLockFile(lockFile, `${gpu}.journal`)
}

/** The fields of a journal that its apply decides. */
export type JournalEntry = Pick<
  GpuJournal,
  'apply' | 'config' | 'gpu' | 'before' | 'found' | 'target'
>

export function createJournal(entry: JournalEntry): GpuJournal {
  return {
    format: 'mig-nvml journal',
    version: 1,
    bootId: readBootId(),
    pid: process.pid,
    command: ownCommandLine(),
    startedAt: new Date().toISOString(),
    apply: entry.apply,
    config: entry.config,
    gpu: entry.gpu,
    before: entry.before,
    found: entry.found,
    target: entry.target,
  }
}

/** When it settles, the journals are on the disk. Rejects with `MIG_JOURNAL_FAILED`. */
export async function writeJournals(
  lockFile: string,
  journals: readonly GpuJournal[],
): Promise<void> {
  await writeRecords(
    journals.flatMap((journal) => {
      const path = journalPath(lockFile, journal.gpu)
      return path === null ? [] : [{ path, text: `${JSON.stringify(journal, null, 1)}\n` }]
    }),
  )
}

/**
 * For GPUs that must be undone and are not yet. Without the mark, a GPU that is as wanted would count as verified once
 * the journals of the others are gone. Rejects with `MIG_JOURNAL_FAILED`.
 */
export function markUndone(lockFile: string, journals: readonly GpuJournal[]): Promise<void> {
  const marked = journals.filter(({ apply }) => apply.atomic === 'machine' && !apply.undone)
  return writeJournals(
    lockFile,
    marked.map((journal) => ({ ...journal, apply: { ...journal.apply, undone: true } })),
  )
}

/** When it settles, the journals are gone from the disk. Rejects with the system's error. */
export async function removeJournals(lockFile: string, gpus: readonly GpuUuid[]): Promise<void> {
  await removeRecords(gpus.map((gpu) => journalPath(lockFile, gpu)).filter((path) => path !== null))
}

/** At the end of an apply: those in `left` stay for the next call, and the journals of the GPUs in `done` go. */
export async function leaveJournals(
  lockFile: string,
  left: readonly GpuJournal[],
  done: readonly GpuUuid[],
): Promise<void> {
  try {
    await markUndone(lockFile, left)
    await removeJournals(lockFile, done)
  } catch {
    // The next call finds a journal too many, of a GPU that is as wanted or as before.
  }
}
