import { open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Which other users may read a file. */
export interface Readers {
  readonly mode: number
  /** The file's group, by its number. Default: that of this process. */
  readonly group?: number
}

const everybody: Readers = { mode: 0o644 }

/** Makes a file, which is on the disk when it settles. Rejects with `EEXIST` where there is anything, also a link. */
export async function writeDurably(
  path: string,
  text: string,
  { mode, group }: Readers = everybody,
): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    if (group !== undefined) {
      await file.chown(process.geteuid?.() ?? 0, group)
      await file.chmod(mode)
    }
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
