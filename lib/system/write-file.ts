import { randomUUID } from 'node:crypto'
import { access, constants, link, lstat, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Readers, syncFolderOf, writeDurably } from './durable-file.js'
import { fileError, isFailedCall } from './file-error.js'

/**
 * Readers of the file find the old content or all of the new content, even after a crash: a draft beside the
 * file is written to the disk first, and then takes its place.
 */
export async function replaceFile(
  file: string | URL,
  text: string,
  readers?: Readers,
): Promise<void> {
  await refuseSpecial(file)
  await writeBeside(file, text, rename, readers)
}

/** Rejects for a file that cannot be made there, so that a caller notices before it changes anything. */
export async function refuseUnwritable(file: string): Promise<void> {
  await access(dirname(file), constants.W_OK).catch((error: unknown) => {
    throw unwritable(error, file)
  })
  await refuseSpecial(file)
}

/**
 * Rejects for a folder, a device, a FIFO or a socket, also behind a link. Otherwise, root would replace `/dev/null`
 * by a file.
 */
async function refuseSpecial(file: string | URL): Promise<void> {
  // A file that cannot be inspected cannot be written either, and writing gives the better error.
  const found = await stat(file).catch(() => null)
  if (found === null || found.isFile()) return
  const problem = Object.assign(new Error('not a regular file'), {
    code: found.isDirectory() ? 'EISDIR' : 'EINVAL',
    syscall: 'open',
  })
  throw fileError(`cannot write ${file}`, problem, file)
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
  readers?: Readers,
): Promise<void> {
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  const draft = `${path}.${randomUUID()}.new`
  try {
    await writeDurably(draft, text, readers)
    await removeOldDrafts(path, draft)
    await putInPlace(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw unwritable(error, path)
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

/** The draft's name means nothing to the caller, and a folder that is missing is the file's. */
function unwritable(error: unknown, path: string): unknown {
  if (!isFailedCall(error)) return error
  const where = error.code === 'ENOENT' ? ` in ${dirname(path)}` : ''
  return fileError(`cannot write ${path}${where}`, error, path)
}
