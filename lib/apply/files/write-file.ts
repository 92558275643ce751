import { randomUUID } from 'node:crypto'
import { link, rename, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { syncFolderOf, writeDurably } from './durable-file.js'

/**
 * Whoever reads the file, also after a crash, finds the old content or the whole new one: it is written
 * beside its place, brought to the disk, and put in place.
 */
export function replaceFile(file: string | URL, text: string): Promise<void> {
  return writeBeside(file, text, rename)
}

/** The same for a file that is new. Rejects with `EEXIST` where there is one. */
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
    await putInPlace(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw aboutPath(error, draft, path)
  }
  await syncFolderOf(path)
}

/** The system's error with the path that the caller knows in place of the draft's. */
function aboutPath(error: unknown, draft: string, path: string): unknown {
  if (!(error instanceof Error && 'path' in error)) return error
  const message = error.message.replace(`'${draft}' -> `, '').replaceAll(draft, () => path)
  const { code, errno, syscall } = error as NodeJS.ErrnoException
  return Object.assign(new Error(message, { cause: error }), { code, errno, syscall, path })
}
