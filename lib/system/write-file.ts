import { randomUUID } from 'node:crypto'
import { link, lstat, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { syncFolderOf, writeDurably } from './durable-file.js'

/**
 * Readers of the file find the old content or all of the new content, even after a crash: a draft beside the
 * file is written to the disk first, and then takes its place.
 */
export async function replaceFile(file: string | URL, text: string): Promise<void> {
  await refuseSpecial(file)
  await writeBeside(file, text, rename)
}

/**
 * Rejects for a device, a FIFO or a socket, also behind a link. Otherwise, root would replace `/dev/null` by
 * a file.
 */
export async function refuseSpecial(file: string | URL): Promise<void> {
  // A file that cannot be inspected cannot be written either, and writing gives the better error.
  const found = await stat(file).catch(() => null)
  if (found === null || found.isFile() || found.isDirectory()) return
  const problem = new Error(`EINVAL: not a regular file, open '${file}'`)
  throw Object.assign(problem, { code: 'EINVAL', syscall: 'open', path: file })
}

/** The same for a new file. Rejects with `EEXIST` if there is one. */
export function createFile(file: string | URL, text: string): Promise<void> {
  return writeBeside(file, text, async (draft, path) => {
    await link(draft, path)
    await rm(draft)
  })
}

async function writeBeside(
  file: string | URL,
  text: string,
  putInPlace: (draft: string, path: string) => Promise<void>,
): Promise<void> {
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  const draft = `${path}.${randomUUID()}.new`
  try {
    await writeDurably(draft, text)
    await removeOldDrafts(path, draft)
    await putInPlace(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw aboutPath(error, draft, path)
  }
  await syncFolderOf(path)
}

const draftName = /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.new$/
const oldMs = 60 * 60 * 1000

/** Removes what killed writers of this file have left: drafts of this user that are an hour older than ours. */
async function removeOldDrafts(path: string, own: string): Promise<void> {
  try {
    // The clock of the disk gave both times.
    const { uid, mtimeMs } = await lstat(own)
    for (const name of await readdir(dirname(path))) {
      const isDraft =
        name.startsWith(basename(path)) && draftName.test(name.slice(basename(path).length))
      if (!isDraft) continue
      const old = join(dirname(path), name)
      const status = await lstat(old)
      if (status.isFile() && status.uid === uid && status.mtimeMs < mtimeMs - oldMs) await rm(old)
    }
  } catch {
    // Old drafts do no harm.
  }
}

/** The system's error with the path that the caller knows in place of the draft's. */
function aboutPath(error: unknown, draft: string, path: string): unknown {
  if (!(error instanceof Error && 'path' in error)) return error
  const message = error.message.replace(`'${draft}' -> `, '').replaceAll(draft, () => path)
  const { code, errno, syscall } = error as NodeJS.ErrnoException
  return Object.assign(new Error(message, { cause: error }), { code, errno, syscall, path })
}
