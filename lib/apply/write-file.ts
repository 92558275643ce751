import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Whoever reads the file, also after a crash, finds the old content or the whole new one: it is written
 * beside its place, brought to the disk, and put in place.
 */
export async function replaceFile(file: string | URL, text: string): Promise<void> {
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  const draft = `${path}.${randomUUID()}.new`
  try {
    const handle = await open(draft, 'wx', 0o644)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
  const folder = await open(dirname(path))
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
