import { readFileSync } from 'node:fs'
import type { ApplyOptions } from '../../../types/machine/options.js'
import type { TargetGpu } from '../../../types/machine/plan.js'
import type { GpuUuid } from '../../../types/model/state.js'
import { besideLockFile } from '../../driver/lock-file.js'
import { ownCommandLine } from '../../system/command-line.js'
import { removeRecords, writeRecords } from './journal-file.js'

/**
 * What is written down of one GPU before an apply changes it, and struck out when it is as wanted or
 * again as before. It lies beside the lock file, and belongs to who has the lock on the GPU.
 */
export interface GpuJournal {
  readonly format: 'mig-nvml journal'
  readonly version: 1
  /** Of the kernel: no instance outlives it. */
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
  /** How the apply found it: not as `before` where it came after another one that had been cut short. */
  readonly found: TargetGpu
  readonly target: TargetGpu
}

/** What the journals of one apply have in common. */
export interface InterruptibleApply {
  readonly id: string
  readonly atomic: NonNullable<ApplyOptions['atomic']>
  /** All that it changes; each has its journal before the first change, until all are as wanted. */
  readonly gpus: readonly GpuUuid[]
  /** It is being taken back, and some of the journals have gone for it: what is as wanted goes back, too. */
  readonly undone?: true
}

/** Null where nothing is written down, since the machine ends with this process. */
export function journalPath(lockFile: string, gpu: GpuUuid): string | null {
  return besideLockFile(lockFile, `${gpu}.journal`)
}

/** What an apply writes down of one GPU. */
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

/** They are on the disk when it returns. Rejects with `MIG_JOURNAL_FAILED`. */
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
 * For GPUs that are to go back and have not: without it, one that is as wanted would be taken for verified
 * when the journals of the others are gone. Rejects with `MIG_JOURNAL_FAILED`.
 */
export function markUndone(lockFile: string, journals: readonly GpuJournal[]): Promise<void> {
  const marked = journals.filter(({ apply }) => apply.atomic === 'machine' && !apply.undone)
  return writeJournals(
    lockFile,
    marked.map((journal) => ({ ...journal, apply: { ...journal.apply, undone: true } })),
  )
}

/** They are gone from the disk when it returns. Rejects with the system's error. */
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

/** Null where the kernel does not tell. */
export function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}
