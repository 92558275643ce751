import type { GpuPlan, TargetGpu } from '../../../types/machine/plan.js'
import type { GpuUuid, ListedMigState } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { MigError, toError } from '../../errors.js'
import { findGpu } from '../../model/state.js'
import type { Control } from '../operation/control.js'
import { differencesFromTarget } from '../operation/verify.js'
import type { GpuRun } from './execute.js'
import type { TransactionSettings } from './settings.js'

/** Which GPUs are not as planned, and why. */
export interface GpuFailures {
  /** What an error tells of them all; null when there are none. */
  readonly first: Error | null
  of(gpu: GpuUuid): Error | null
  /** The machine after the last step; null where it was not looked at, or cannot be read. */
  readonly after: ListedMigState | null
}

/**
 * Looks at the machine after the last step, at GPUs that had no steps too: another writer may have
 * changed them meanwhile. Where GPUs stand or fall together, one that failed fails them all, and nothing
 * needs to be looked at any more.
 */
export async function findFailures(
  session: DriverSession,
  plans: readonly GpuPlan[],
  runs: readonly GpuRun[],
  control: Control,
  atomic: TransactionSettings['atomic'],
): Promise<GpuFailures> {
  const together = (cause: Error, after: ListedMigState | null): GpuFailures => ({
    ...{ first: cause, after },
    of: () => cause,
  })
  if (atomic === 'machine' && control.stopped !== null) return together(control.stopped, null)
  const after = await look(session, plans, atomic)
  const untouched = plans.filter((plan) => runs.every((run) => run.plan !== plan))
  const failures = new Map<GpuUuid, Error>()
  for (const run of runs) {
    const failure = run.stopped ?? notAsPlanned(run.plan, run.target, after)
    if (failure !== null) failures.set(run.plan.gpu, failure)
  }
  for (const plan of untouched) {
    const failure = notAsPlanned(plan, plan.target, after)
    if (failure !== null) failures.set(plan.gpu, failure)
  }
  const [first = null] = failures.values()
  const state = after instanceof Error ? null : after
  if (first !== null && atomic === 'machine') return together(first, state)
  return { first, of: (gpu) => failures.get(gpu) ?? null, after: state }
}

/** With `none` nothing is done about a GPU that cannot be read but to say so: it is asked for twice. */
async function look(
  session: DriverSession,
  plans: readonly GpuPlan[],
  atomic: TransactionSettings['atomic'],
): Promise<ListedMigState | Error> {
  const first = await session.readListedState().catch(toError)
  const isWhole =
    !(first instanceof Error) && plans.every(({ gpu }) => findGpu(first, gpu) !== null)
  if (isWhole || atomic !== 'none') return first
  const second = await session.readListedState().catch(toError)
  return second instanceof Error ? first : second
}

function notAsPlanned(
  { gpu, gpuIndex, steps }: GpuPlan,
  target: TargetGpu,
  after: ListedMigState | Error,
): Error | null {
  if (after instanceof Error) return unreadable(after)
  const live = findGpu(after, gpu)
  const [difference] =
    live === null ? ['it cannot be read any more'] : differencesFromTarget(live, target)
  if (difference === undefined) return null
  const since =
    steps.length === 0 ? 'any more, though this apply did not change it' : 'after the last step'
  return new MigError(
    'MIG_VERIFY_FAILED',
    `GPU ${gpuIndex} is not as planned ${since}: ${difference}`,
  )
}

function unreadable(cause: Error): MigError {
  return new MigError(
    'MIG_VERIFY_FAILED',
    `the machine could not be read after the last step: ${cause.message}`,
    { cause },
  )
}
