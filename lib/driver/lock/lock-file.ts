import { lstatSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LibraryRef } from '../../../types/machine/options.js'
import { MigError } from '../../errors.js'
import { checkFolder, isForeign, type TrustedFolder } from '../../system/trusted-folder.js'

// Every writer of one machine must come to the same file, whoever it is and whatever its environment says
// of folders for temporary files. So there is one place, and no other is taken where it cannot be had.

/** Made by root alone for itself; an administrator may make it for a group, too. */
const stateFolder = '/run/mig-nvml'

/** What to do where the lock cannot be had, or what lies beside it. */
export const lockHint: string = `run it as root; or let a group of users do it: install -d -m 2770 -g GROUP ${stateFolder}; or MIG_NVML_LOCK names a file in another folder that no other user may write to, the same for every writer of this machine`

/** The file that excludes other writers of this machine. */
export function lockFileOf(library: LibraryRef): string {
  return library.lockFile ?? (process.env['MIG_NVML_LOCK'] || join(stateFolder, 'lock'))
}

/**
 * A file beside the lock file; null where there can be none: an open file of this process, without a name.
 * Throws `MIG_DRIVER_INVALID` for a UUID that would lead elsewhere: it is a driver's claim.
 */
export function besideLockFile(lockFile: string, name: string): string | null {
  if (!/^[\w-]{1,80}(\.[\w-]+)*$/.test(name)) {
    const text = JSON.stringify(name.slice(0, 80))
    throw new MigError('MIG_DRIVER_INVALID', `the driver has a GPU whose UUID is none: ${text}`)
  }
  return isOwnDescriptor(lockFile) ? null : `${lockFile}.${name}`
}

function isOwnDescriptor(path: string): boolean {
  return /^\/proc\/self\/fd\/\d+$/.test(path)
}

/**
 * Why another user could replace a lock file, hold its lock, or have put it there; null: nobody can. Makes
 * the folder of the default lock file where it is missing. Throws the system's error.
 */
export function whyUnsafeLock(path: string): string | null {
  if (isOwnDescriptor(path)) return null
  const folder = dirname(path)
  if (folder === stateFolder) makeStateFolder()
  const checked = checkFolder(folder)
  return 'reason' in checked ? checked.reason : whyUnsafeFile(path, checked)
}

/** Why what is written down beside a lock file cannot be relied on; null: it can. Throws the system's error. */
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
  // What is no file, or has a second name, cannot be locked: opening it says so.
  if (status === undefined || !status.isFile()) return null
  if (isForeign(status) && !isShared) return `${path} belongs to another user (${status.uid})`
  return isOpen && (status.mode & 0o007) !== 0
    ? `other users may open ${path}, and so hold its lock (mode ${(status.mode & 0o777).toString(8)})`
    : null
}
