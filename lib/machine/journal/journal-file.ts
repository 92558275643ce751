import { lstat, rename, rm, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { lockHint } from '../../driver/lock/lock-file.js'
import { MigError, toError } from '../../errors.js'
import { type Readers, syncFolderOf, writeDurably } from '../../system/durable-file.js'
import { isSystemError } from '../../system/system-error.js'

// If the power fails, a record exists either completely or not at all. It is written under another name, synced to the
// disk and renamed; then its folder is synced.

/** What to do where journals cannot be written or looked for. */
export const journalHint: string = `journals lie beside the lock file: ${lockHint}`

export interface FileRecord {
  readonly path: string
  readonly text: string
}

/** Rejects with `MIG_JOURNAL_FAILED`; the old records are then usually still there. */
export async function writeRecords(records: readonly FileRecord[]): Promise<void> {
  let current = ''
  try {
    // What is likely to fail comes first.
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
      `cannot write the journal ${current}: ${toError(cause).message}`,
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

/** Removes what an interrupted write has left. What cannot be the draft of a record is renamed. */
export async function clearDraft(path: string): Promise<void> {
  try {
    await unlink(draftOf(path))
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return
    await putAside(draftOf(path))
  }
}

/** Renames whatever is at `path`, and returns its new path. */
export async function putAside(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const aside = `${path}.set-aside${n === 1 ? '' : `-${n}`}`
    try {
      await rename(path, aside)
      await syncFolders([aside])
      return aside
    } catch (error) {
      // A rename does not replace a folder.
      const isInTheWay = ['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].some((code) =>
        isSystemError(error, code),
      )
      if (!isInTheWay || n === mostAside) throw error
    }
  }
}

const mostAside = 20

/** Members of the group that may write to the folder clean up after each other's applies, and read their counts. */
export async function readersBeside(path: string): Promise<Readers> {
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
