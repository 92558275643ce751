import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MigError, toError } from '../../errors.js'
import { syncFolderOf, writeDurably } from '../files/durable-file.js'

// A record is there in whole or not at all, whenever the power goes: written beside its place, brought
// to the disk, put in place, and the folder after it.

/** What to do where journals cannot be written or looked for. */
export const journalHint =
  'MIG_NVML_LOCK names another lock file, beside which the journal lies; every writer of this machine must use the same'

export interface FileRecord {
  readonly path: string
  readonly text: string
}

/** Rejects with `MIG_JOURNAL_FAILED`; then what was there before is there as a rule, and no harm done. */
export async function writeRecords(records: readonly FileRecord[]): Promise<void> {
  let current = ''
  try {
    // All that is likely to fail comes first.
    for (const { path, text } of records) {
      current = path
      // What a crash has left there.
      await rm(draftOf(path), { force: true })
      await writeDurably(draftOf(path), text)
    }
    for (const { path } of records) {
      current = path
      await rename(draftOf(path), path)
    }
    await syncFolders(records.map(({ path }) => path))
  } catch (cause) {
    for (const { path } of records) await rm(draftOf(path), { force: true }).catch(() => {})
    throw new MigError(
      'MIG_JOURNAL_FAILED',
      `what is about to be done cannot be written down in ${current}: ${toError(cause).message}`,
      { cause, hint: journalHint },
    )
  }
}

export async function removeRecords(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await rm(path, { force: true })
    await rm(draftOf(path), { force: true })
  }
  await syncFolders(paths)
}

export async function renameRecord(from: string, to: string): Promise<string> {
  await rename(from, to)
  await syncFolders([to])
  return to
}

async function syncFolders(paths: readonly string[]): Promise<void> {
  const folders = new Map(paths.map((path) => [dirname(path), path]))
  for (const path of folders.values()) await syncFolderOf(path)
}

function draftOf(path: string): string {
  return `${path}.new`
}
