import type { RecoverOptions } from '../../types/machine/options.js'
import type { RecoveredGpu, RecoverReport } from '../../types/machine/report.js'
import type { ListedMigState } from '../../types/model/state.js'
import { lockFileOf } from '../driver/lock-file.js'
import { resolveLibrary } from '../driver/open-library.js'
import type { DriverSession } from '../driver/session.js'
import { assessJournal, isFinished, type Unfinished } from './journal/assess-journal.js'
import { journalPath } from './journal/journal.js'
import { clearDraft } from './journal/journal-file.js'
import { listJournals, readJournal } from './journal/journal-read.js'
import { recoverGpu } from './journal/recover-gpu.js'
import { createControl } from './operation/control.js'
import { lockScope } from './operation/lock-scope.js'
import { withSession } from './operation/with-session.js'

export async function recoverMig(options: RecoverOptions = {}): Promise<RecoverReport> {
  const { direction = 'undo' } = options
  const lockFile = lockFileOf(resolveLibrary(options.library))
  const control = createControl(options)
  if (control.stopped !== null) throw control.stopped
  if ((await listJournals(lockFile)).length === 0) return { recovered: [], after: null }
  const work = async (session: DriverSession): Promise<RecoverReport> => {
    const lock = await lockScope(session, 'machine', control)
    try {
      const signal = { signal: control.signal }
      const all = await findUnfinished(session.lockFile, await session.readListedState(signal))
      const recovered: RecoveredGpu[] = []
      for (const each of all) {
        if (control.stopped !== null) throw control.stopped
        const finish = direction === 'finish' || isFinished(each, all)
        recovered.push(await recoverGpu(session, each, finish ? 'finish' : 'undo', control))
      }
      return { recovered, after: await session.readListedState() }
    } finally {
      lock.release()
    }
  }
  return withSession(options, work, control)
}

/**
 * What the journals of these GPUs say; by default of all. The caller has the lock on them: the beginning of a
 * journal that is there has lost its writer, and goes.
 */
export async function findUnfinished(
  lockFile: string,
  state: ListedMigState,
  gpus?: readonly string[],
): Promise<readonly Unfinished[]> {
  const all: Unfinished[] = []
  for (const gpu of await listJournals(lockFile)) {
    const path = gpus === undefined || gpus.includes(gpu) ? journalPath(lockFile, gpu) : null
    if (path === null) continue
    // Where it cannot go, the next journal of that GPU says why.
    await clearDraft(path).catch(() => {})
    const found = await readJournal(path, gpu)
    if (found !== null) all.push(assessJournal(found, state))
  }
  return all
}
