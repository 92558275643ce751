import type { CountedOutcome, CountedRecovery } from '../../../types/machine/metrics.js'
import type { ApplyReport, CompletedApply, RecoveredGpu } from '../../../types/machine/report.js'
import { isMigError, isNvmlError } from '../../errors.js'
import type { LockScope } from '../operation/operation.js'
import { addEnd, type CountedEnd, otherCode } from './apply-counts.js'
import { countsPath, updateCounts } from './counts-file.js'

interface Locked {
  readonly lockFile: string
  /** What the caller has locked. It may become more meanwhile. */
  readonly lock: { readonly scope: LockScope }
}

/** Runs an apply that has its lock, and counts how it ends. */
export async function countApply(
  locked: Locked,
  apply: () => Promise<CompletedApply>,
): Promise<CompletedApply> {
  const started = performance.now()
  const add = (report: ApplyReport | undefined, code: string | null): Promise<void> =>
    addToFile(locked, {
      outcome: report === undefined ? 'refused' : countedOutcome(report.outcome),
      seconds: Math.round(performance.now() - started) / 1000,
      code,
      recovered: settledOf(report?.recovered ?? []),
    })
  try {
    const report = await apply()
    await add(report, null)
    return report
  } catch (error) {
    await add(isMigError(error) ? error.report : undefined, codeOf(error))
    throw error
  }
}

/** Counts the GPUs that a recovery has cleaned up. */
export async function countRecovery(
  locked: Locked,
  recovered: readonly RecoveredGpu[],
): Promise<void> {
  const settled = settledOf(recovered)
  if (settled.length === 0) return
  await addToFile(locked, { outcome: null, seconds: 0, code: null, recovered: settled })
}

/** A count that cannot be written is lost: the machine is as the apply reports, with or without it. */
async function addToFile(
  { lockFile, lock: { scope } }: Locked,
  end: Omit<CountedEnd, 'endedAt'>,
): Promise<void> {
  const endedAt = Date.now() / 1000
  try {
    const path = countsPath(lockFile, scope)
    if (path !== null) await updateCounts(path, (counts) => addEnd(counts, { ...end, endedAt }))
  } catch {
    // Deno may refuse even the question for the user.
  }
}

/** A dry run takes no lock. */
function countedOutcome(outcome: ApplyReport['outcome']): CountedOutcome | null {
  return outcome === 'planned' ? null : outcome
}

function settledOf(recovered: readonly RecoveredGpu[]): readonly CountedRecovery[] {
  return recovered.flatMap(({ outcome }) => (outcome === 'kept' ? [] : [outcome]))
}

function codeOf(error: unknown): string {
  return isMigError(error) || isNvmlError(error) ? error.code : otherCode
}
