import * as v from 'valibot'
import type { ClientIdentity } from '../../../types/machine/clients.js'
import { besideLockFile, whyUnsafeFolder } from '../../driver/lock/lock-file.js'
import { readBootId } from '../../system/boot-id.js'
import { readTrusted } from '../../system/trusted-file.js'
import { removeRecords, writeRecords } from '../journal/journal-file.js'

// Which clients an apply has stopped, beside the lock file, so that they are started even after a crash. It belongs to
// the process that has the lock on the machine.

const largestBytes = 2 ** 20

const schema = v.strictObject({
  format: v.literal('mig-nvml clients'),
  version: v.literal(1),
  bootId: v.nullable(v.string()),
  stopped: v.array(
    v.strictObject({
      kind: v.picklist(['unit', 'container']),
      name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]*$/)),
      program: v.picklist(['systemctl', 'docker', 'podman', 'nerdctl']),
    }),
  ),
})

/** Is on the disk before a client is stopped. An empty list removes the record. Rejects with `MIG_JOURNAL_FAILED`. */
export async function recordStopped(
  lockFile: string,
  stopped: readonly ClientIdentity[],
): Promise<void> {
  const path = besideLockFile(lockFile, 'clients')
  if (path === null) return
  if (stopped.length === 0) return removeRecords([path])
  const record = { format: 'mig-nvml clients', version: 1, bootId: readBootId(), stopped }
  await writeRecords([{ path, text: `${JSON.stringify(record)}\n` }])
}

/**
 * What an earlier apply has stopped in this boot, and not started again. A record that cannot be trusted or read
 * counts as none: it starts nothing.
 */
export async function readStopped(lockFile: string): Promise<readonly ClientIdentity[]> {
  const path = besideLockFile(lockFile, 'clients')
  if (path === null) return []
  try {
    if (whyUnsafeFolder(lockFile) !== null) return []
    const text = await readTrusted(path, largestBytes)
    const { bootId, stopped } = v.parse(schema, JSON.parse(text ?? ''))
    return bootId === readBootId() ? stopped : []
  } catch {
    return []
  }
}
