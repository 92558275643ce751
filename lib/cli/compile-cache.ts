import * as module from 'node:module'
import { userInfo } from 'node:os'
import { join } from 'node:path'

/**
 * Lets Node keep compiled code for the next start, where it can (from 22.1). Node's own place for it is the
 * folder for temporary files, in which another user could put code for root. The home folder comes from the
 * user database, because `sudo` may keep the `HOME` of the user that calls it.
 */
export function keepCompiledCode(): void {
  const { enableCompileCache } = module as {
    readonly enableCompileCache?: (folder: string) => unknown
  }
  if (enableCompileCache === undefined) return
  try {
    enableCompileCache(join(userInfo().homedir, '.cache/mig-nvml'))
  } catch {
    // A user without an entry in the database has no such folder. It only starts more slowly.
  }
}
