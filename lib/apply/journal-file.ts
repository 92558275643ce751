import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MigError, toError } from '../errors.js'

// A record is there in whole or not at all, whenever the power goes: written beside its place, brought
// to the disk, put in place, and the folder after it.

export interface FileRecord {
  readonly path: string
  readonly text: string
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

/** Rejects with `MIG_JOURNAL_FAILED`; then what was there before is there as a rule, and no harm done. */
export async function writeRecords(records: readonly FileRecord[]): Promise<void> {
  let current = ''
  try {
    // All that is likely to fail comes first.
    for (const { path, text } of records) {
      current = path
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
      {
        cause,
        hint: 'MIG_NVML_LOCK names another lock file, beside which the journal lies; every writer of this machine must use the same',
      },
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

async function writeDurably(path: string, text: string): Promise<void> {
  // What a crash has left there; and no link is followed, since the folder may be everybody's.
  await rm(path, { force: true })
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644)
  await closing(file, async () => {
    await file.writeFile(text)
    await file.sync()
  })
}

async function syncFolders(paths: readonly string[]): Promise<void> {
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const file = await open(folder)
    await closing(file, () => file.sync())
  }
}

async function closing(file: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } finally {
    await file.close()
  }
}

function draftOf(path: string): string {
  return `${path}.new`
}
