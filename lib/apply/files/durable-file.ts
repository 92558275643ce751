import { open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes a file, which is on the disk when it settles. Rejects with `EEXIST` where there is anything, also a link. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** What was put into the folder of a file, or taken out of it, outlives a power cut from now on. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path))
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
