import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MigError } from '../errors.js'
import { checkFolder } from '../system/trusted-folder.js'

/**
 * The folder of this user's prepared libraries, stores and their locks below the system's folder for
 * temporary files, made when it is missing. Everybody may write there: nobody else may have put a folder
 * with a library into this user's way, which this user's programs would load.
 *
 * @throws MigError MIG_SIMULATOR_INVALID when the place is not a folder of this user alone.
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
