import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Which other users may read a file. */
export interface Readers {
  readonly mode: number
  /** The umask clears no bits of the mode. */
  readonly ignoresUmask?: boolean
  /** The file's group, by its number. Default: that of this process. */
  readonly group?: number
}

const everybody: Readers = { mode: 0o644 }

/** Makes a file. It is on the disk when this resolves. Rejects with `EEXIST` if anything is there, even a link. */
export function writeDurably(path: string, text: string, readers?: Readers): Promise<void> {
  return writeNew(path, text, readers, (file) => file.sync())
}

/** The same, but a power cut may lose it. */
export async function writeNew(
  path: string,
  text: string,
  { mode, group, ignoresUmask }: Readers = everybody,
  finish?: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    if (group !== undefined) await file.chown(process.geteuid?.() ?? 0, group)
    if (group !== undefined || ignoresUmask) await file.chmod(mode)
    await file.writeFile(text)
    await finish?.(file)
  } finally {
    await file.close()
  }
}

/** After this, files made in the folder of a file, or removed from it, survive a power cut. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path))
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
