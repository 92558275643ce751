import { lstat, rename, rm, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { lockHint } from '../../driver/lock-file.js'
import { MigError, toError } from '../../errors.js'
import { type Readers, syncFolderOf, writeDurably } from '../../system/durable-file.js'
import { isSystemError } from '../../system/system-error.js'

// A record is there in whole or not at all, whenever the power goes: written beside its place, brought
// to the disk, put in place, and the folder after it.

/** What to do where journals cannot be written or looked for. */
export const journalHint: string = `journals lie beside the lock file: ${lockHint}`

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
      await clearDraft(path)
      await writeDurably(draftOf(path), text, await readersBeside(path))
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

/** Removes what a write that was cut short has left. What cannot be such a rest is put out of the way. */
export async function clearDraft(path: string): Promise<void> {
  try {
    await unlink(draftOf(path))
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return
    await putAside(draftOf(path))
  }
}

/** Puts whatever lies there out of the way; where it is then. */
export async function putAside(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const aside = `${path}.set-aside${n === 1 ? '' : `-${n}`}`
    try {
      await rename(path, aside)
      await syncFolders([aside])
      return aside
    } catch (error) {
      // A folder, there or here, is not replaced.
      const isInTheWay = ['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].some((code) =>
        isSystemError(error, code),
      )
      if (!isInTheWay || n === mostAside) throw error
    }
  }
}

const mostAside = 20

/** The group that the folder of the journals lets write deals with what is left of each other's applies. */
async function readersBeside(path: string): Promise<Readers> {
  const { mode, gid } = await lstat(dirname(path))
  return (mode & 0o020) === 0 ? { mode: 0o600 } : { mode: 0o640, group: gid }
}

async function syncFolders(paths: readonly string[]): Promise<void> {
  const folders = new Map(paths.map((path) => [dirname(path), path]))
  for (const path of folders.values()) await syncFolderOf(path)
}

function draftOf(path: string): string {
  return `${path}.new`
}
