import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { checkFolder } from '../system/trusted-folder.js'
import { userFolder } from './user-folder.js'

/**
 * The lock file of a machine that lives in a file; `store` is its real path. It lies beside the store. Where
 * other users may write there, it lies in the folder of this user: nobody else can hold it, and users who
 * share such a store do not wait for each other.
 */
export function lockFileOfStore(store: string): string {
  const beside = `${store}.lock`
  if (!('reason' in checkFolder(dirname(store)))) return beside
  const key = createHash('sha256').update(store).digest('hex').slice(0, 16)
  try {
    return join(userFolder(), `store-${key}.lock`)
  } catch {
    // Looking at the machine takes no lock; taking it says what is wrong with the folder.
    return beside
  }
}
