import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { isSystemError } from './system-error.js'
import { isForeign } from './trusted-folder.js'

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

/**
 * The text of a file that this process believes, so it must be from this user or from root. Null: there is none.
 * Rejects for any other file. Never waits for a named pipe, and follows no link.
 */
export async function readTrusted(path: string, largestBytes: number): Promise<string | null> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return null
    throw error
  })
  if (file === null) return null
  try {
    const status = await file.stat()
    if (!status.isFile()) throw new Error('it is not a file')
    if (isForeign(status)) throw new Error(`it belongs to another user (${status.uid})`)
    if ((status.mode & 0o022) !== 0) throw new Error('other users may write to it')
    if (status.nlink > 1) throw new Error('it has a second name (hard link)')
    if (status.size > largestBytes) throw new Error('it is too large')
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
