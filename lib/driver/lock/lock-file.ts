import { lstatSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LibraryRef } from '../../../types/machine/options.js'
import { MigError } from '../../errors.js'
import { checkFolder, isForeign, type TrustedFolder } from '../../system/trusted-folder.js'

// All writers of one machine must use the same file, whatever their user and their folders for temporary
// files. So there is one path, and no fallback.

/** Root makes it for itself; an administrator may make it for a group. */
const stateFolder = '/run/mig-nvml'

/** The remedy where the lock file, or a file beside it, is not usable. */
export const lockHint: string = `run it as root; or let a group of users do it: install -d -m 2770 -g GROUP ${stateFolder}; or MIG_NVML_LOCK names a file in another folder that no other user may write to, the same for every writer of this machine`

/** The file that excludes other writers of this machine. */
export function lockFileOf(library: LibraryRef): string {
  return library.lockFile ?? (process.env['MIG_NVML_LOCK'] || join(stateFolder, 'lock'))
}

/**
 * A file beside the lock file; null if the lock file is an open file of this process, which has no folder.
 * Throws `MIG_DRIVER_INVALID` for a UUID that would lead elsewhere, because the driver decides its text.
 */
export function besideLockFile(lockFile: string, name: string): string | null {
  if (!/^[\w-]{1,80}(\.[\w-]+)*$/.test(name)) {
    const text = JSON.stringify(name.slice(0, 80))
    throw new MigError(
      'MIG_DRIVER_INVALID',
      `the driver reports a GPU with an invalid UUID: ${text}`,
    )
  }
  return isOwnDescriptor(lockFile) ? null : `${lockFile}.${name}`
}

function isOwnDescriptor(path: string): boolean {
  return /^\/proc\/self\/fd\/\d+$/.test(path)
}

/**
 * Why another user could replace a lock file, hold its lock, or have made it; null: no other user can. Makes
 * the folder of the default lock file if it is missing. Throws the system's error.
 */
export function whyUnsafeLock(path: string): string | null {
  if (isOwnDescriptor(path)) return null
  const folder = dirname(path)
  if (folder === stateFolder) makeStateFolder()
  const checked = checkFolder(folder)
  return 'reason' in checked ? checked.reason : whyUnsafeFile(path, checked)
}

/** Why files beside a lock file are not trustworthy; null: they are. Throws the system's error. */
export function whyUnsafeFolder(lockFile: string): string | null {
  const checked = checkFolder(dirname(lockFile))
  return 'reason' in checked ? checked.reason : null
}

function makeStateFolder(): void {
  try {
    mkdirSync(stateFolder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function whyUnsafeFile(path: string, { isOpen, isShared }: TrustedFolder): string | null {
  const status = lstatSync(path, { throwIfNoEntry: false })
  // Something else than a file, or a file with a second name, cannot be locked: opening it gives the error.
  if (status === undefined || !status.isFile()) return null
  if (isForeign(status) && !isShared) return `${path} belongs to another user (${status.uid})`
  return isOpen && (status.mode & 0o007) !== 0
    ? `other users may open ${path}, and so hold its lock (mode ${(status.mode & 0o777).toString(8)})`
    : null
}
