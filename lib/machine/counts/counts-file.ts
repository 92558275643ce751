import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { ApplyCounts } from '../../../types/machine/metrics.js'
import { besideLockFile, whyUnsafeFolder } from '../../driver/lock/lock-file.js'
import { writeNew } from '../../system/durable-file.js'
import { isSystemError } from '../../system/system-error.js'
import { readTrusted } from '../../system/trusted-file.js'
import { readersBeside } from '../journal/journal-file.js'
import type { LockScope } from '../operation/operation.js'
import { addCounts, noCounts, parseCounts } from './apply-counts.js'

// A file of counts belongs to the process that holds the lock of its name: `LOCK.counts.UID` to the one that has the
// machine, `LOCK.GPU-….counts.UID` to the one that has that GPU. So no writer waits for another. Each user has files of
// its own, because nobody believes those of another user but root's. A reader adds them up.

const largestBytes = 2 ** 16
/** More than a machine has GPUs and users. */
const mostFiles = 1024
const countsName = /^(?:GPU-[0-9a-f-]{1,64}\.)?counts\.\d{1,10}$/

/** What the caller, which has the lock on this scope, adds to. Null: nothing is locked, or the machine ends with this process. */
export function countsPath(lockFile: string, scope: LockScope): string | null {
  const [owner] = scope === 'machine' ? [''] : scope.toSorted().map((gpu) => `${gpu}.`)
  if (owner === undefined) return null
  return besideLockFile(lockFile, `${owner}counts.${process.geteuid?.() ?? 0}`)
}

/** Readers find the old counts or the new ones, even if this process is killed meanwhile. A power cut may lose both. */
export async function updateCounts(
  path: string,
  change: (counts: ApplyCounts) => ApplyCounts,
): Promise<void> {
  const before = await readCountsFile(path).catch(() => noCounts)
  const draft = `${path}.new`
  await rm(draft, { force: true })
  await writeNew(draft, `${JSON.stringify(change(before))}\n`, await readersBeside(path))
  await rename(draft, path)
}

/** The counts of all files that this process believes. Null: this user may not look, or none are kept. */
export async function readAllCounts(lockFile: string): Promise<ApplyCounts | null> {
  if (besideLockFile(lockFile, 'counts') === null) return null
  const prefix = `${basename(lockFile)}.`
  let all = noCounts
  try {
    if (whyUnsafeFolder(lockFile) !== null) return null
    const names = (await readdir(dirname(lockFile))).filter(
      (name) => name.startsWith(prefix) && countsName.test(name.slice(prefix.length)),
    )
    if (names.length > mostFiles) return null
    for (const name of names.toSorted()) {
      const path = `${dirname(lockFile)}/${name}`
      all = addCounts(all, await readCountsFile(path).catch(() => noCounts))
    }
    return all
  } catch (error) {
    return isSystemError(error, 'ENOENT') ? all : null
  }
}

async function readCountsFile(path: string): Promise<ApplyCounts> {
  const text = await readTrusted(path, largestBytes)
  return text === null ? noCounts : parseCounts(JSON.parse(text))
}
