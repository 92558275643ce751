import type { RecoverOptions } from '../../types/machine/options.js'
import type { RecoveredGpu, RecoverReport } from '../../types/machine/report.js'
import { resolveLibrary } from '../driver/connection/open-library.js'
import { lockFileOf } from '../driver/lock/lock-file.js'
import { lockMachine } from '../driver/lock/machine-lock.js'
import { readStopped } from './clients/client-record.js'
import { startLeftClients } from './clients/clients.js'
import { countRecovery } from './counts/count-end.js'
import { findUnfinished, isFinished } from './journal/assess-journal.js'
import { listJournals } from './journal/journal-list.js'
import { recoverGpu } from './journal/recover-gpu.js'
import { abortError } from './operation/control.js'
import { lockScope } from './operation/lock-scope.js'
import { type Operation, withOperation } from './operation/operation.js'
import { refuseOwnLock } from './operation/own-lock.js'

type Direction = NonNullable<RecoverOptions['direction']>

export async function recoverMig(options: RecoverOptions = {}): Promise<RecoverReport> {
  const { direction = 'undo', signal } = options
  const lockFile = lockFileOf(resolveLibrary(options.library))
  if (signal?.aborted) throw abortError(signal.reason)
  if ((await listJournals(lockFile)).length === 0)
    return { recovered: [], clients: await startLeft(lockFile, signal), after: null }
  return withOperation(options, (operation) => recoverAll(operation, direction))
}

async function recoverAll(operation: Operation, direction: Direction): Promise<RecoverReport> {
  const { session, control } = operation
  const lock = await lockScope(operation, 'machine')
  try {
    const state = await session.readListedState({ signal: control.signal })
    const all = await findUnfinished(session.lockFile, state)
    const recovered: RecoveredGpu[] = []
    try {
      for (const each of all) {
        if (control.stopped !== null) throw control.stopped
        const finish = direction === 'finish' || isFinished(each, all)
        recovered.push(await recoverGpu(operation, each, finish ? 'finish' : 'undo'))
      }
    } finally {
      await countRecovery({ lockFile: session.lockFile, lock }, recovered)
    }
    const clients = await startUnderLock(session.lockFile)
    return { recovered, clients, after: await session.readListedState() }
  } finally {
    lock.release()
  }
}

/** Starts the clients that a crash has left stopped. Waits for no lock where there are none. */
async function startLeft(
  lockFile: string,
  signal: AbortSignal | undefined,
): Promise<RecoverReport['clients']> {
  if ((await readStopped(lockFile)).length === 0) return []
  refuseOwnLock(lockFile)
  const lock = await lockMachine(lockFile, signal === undefined ? {} : { signal })
  try {
    return await startUnderLock(lockFile)
  } finally {
    lock.release()
  }
}

async function startUnderLock(lockFile: string): Promise<RecoverReport['clients']> {
  const { started, error } = await startLeftClients(lockFile)
  if (error !== null) throw error
  return started
}
