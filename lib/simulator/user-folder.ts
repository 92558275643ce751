import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { MigError } from '../errors.js'
import { checkFolder } from '../system/trusted-folder.js'

/**
 * The folder of this user's prepared libraries, stores and their locks. It is below the system's folder for
 * temporary files and is made when it is missing. Every user may write there, so this function refuses a
 * folder that another user prepared: this user's programs would load the library in it.
 *
 * @throws MigError MIG_SIMULATOR_INVALID when the path is not a folder of this user alone.
 */
export function userFolder(): string {
  const user = process.geteuid?.() ?? 0
  const folder = join(tmpdir(), `mig-nvml-simulator-${user}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const status = lstatSync(folder)
  const isOwn = status.isDirectory() && status.uid === user && (status.mode & 0o077) === 0
  const checked = checkFolder(folder)
  if (!isOwn || 'reason' in checked) {
    const reason = 'reason' in checked ? `: ${checked.reason}` : ''
    throw new MigError(
      'MIG_SIMULATOR_INVALID',
      `${folder} must be a folder that belongs to this user alone${reason}`,
      { hint: 'remove it, or set TMPDIR to another folder' },
    )
  }
  return folder
}

/**
 * The lock file of a machine in a file; `store` is its real path. The lock file is beside the store. If other
 * users may write there, it is in this user's folder instead: no other user can hold it, and users that
 * share such a store do not wait for each other.
 */
export function lockFileOfStore(store: string): string {
  const beside = `${store}.lock`
  if (!('reason' in checkFolder(dirname(store)))) return beside
  const key = createHash('sha256').update(store).digest('hex').slice(0, 16)
  try {
    return join(userFolder(), `store-${key}.lock`)
  } catch {
    // Reading the machine takes no lock. An attempt to lock it reports what is wrong with the folder.
    return beside
  }
}
