import { readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { GpuUuid } from '../../../types/model/state.js'
import { besideLockFile, whyUnsafeFolder } from '../../driver/lock/lock-file.js'
import { MigError, toError } from '../../errors.js'
import { isSystemError } from '../../system/system-error.js'
import { journalHint } from './journal-file.js'

/** More than any machine has GPUs. */
const mostJournals = 1024
const journalName = /^(GPU-[0-9a-f-]{1,64})\.journal(\.new)?$/

/**
 * The GPUs that have a journal, or a draft of one. No journal is read: it belongs to the process that has the lock on the
 * GPU. Rejects with `MIG_JOURNAL_FAILED` if the folder cannot be read: what a crash has left would never be cleaned up.
 */
export async function listJournals(lockFile: string): Promise<readonly GpuUuid[]> {
  if (besideLockFile(lockFile, 'journal') === null) return []
  const prefix = `${basename(lockFile)}.`
  const gpus = new Set<GpuUuid>()
  for (const name of await listTrusted(lockFile)) {
    const [, gpu] = journalName.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '') ?? []
    if (gpu !== undefined) gpus.add(gpu as GpuUuid)
  }
  if (gpus.size > mostJournals) throw cannotLook(lockFile, `it has journals of ${gpus.size} GPUs`)
  return [...gpus]
}

async function listTrusted(lockFile: string): Promise<readonly string[]> {
  try {
    const reason = whyUnsafeFolder(lockFile)
    if (reason !== null) throw new Error(reason)
    return await readdir(dirname(lockFile))
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return []
    throw cannotLook(lockFile, toError(error).message, error)
  }
}

function cannotLook(lockFile: string, reason: string, cause?: unknown): MigError {
  return new MigError(
    'MIG_JOURNAL_FAILED',
    `cannot look for journals of interrupted applies in ${dirname(lockFile)}: ${reason}`,
    { ...(cause === undefined ? {} : { cause }), hint: journalHint },
  )
}
