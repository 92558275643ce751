import type { GpuPlan } from '../../types/machine/plan.js'
import { MigError } from '../errors.js'
import { holdsFourBesideThree } from '../model/driver-version.js'
import type { WantedGpu, WantedMachine } from '../model/wanted.js'
import { joinMessages, listIssues, type RefusedGpu } from './refuse.js'

/**
 * Throws `MIG_PARTITION_INFEASIBLE` if the driver would refuse a step in the middle, because of a limit
 * that it does not report. `driverVersion` absent: no driver is known.
 */
export function rejectDriverLimits(
  machine: WantedMachine,
  planned: readonly { readonly wanted: WantedGpu; readonly plan: GpuPlan }[],
  driverVersion: string | undefined,
): void {
  if (driverVersion === undefined || holdsFourBesideThree(driverVersion)) return
  const limited = planned.flatMap(({ wanted, plan }): RefusedGpu<string>[] => {
    const pair = plan.steps.length === 0 ? null : findPair(wanted, plan)
    if (pair === null) return []
    const refusal = `${pair.join(' and ')} on one GPU take a driver of R510 or later; this one is ${driverVersion}`
    return [{ wanted, refusal }]
  })
  if (limited.length === 0) return
  const issues = listIssues(machine, limited)
  throw new MigError(
    'MIG_PARTITION_INFEASIBLE',
    `The configuration "${machine.config}" wants devices that this driver does not create together:\n${joinMessages(issues)}`,
    {
      issues,
      hint: 'update the driver, or want two of the smaller one, or other sizes beside the larger',
    },
  )
}

/** The names of four slices beside three, on a GPU of seven. Source: MIG User Guide. */
function findPair({ geometry }: WantedGpu, { target }: GpuPlan): [string, string] | null {
  const { profiles } = geometry ?? { profiles: [] }
  if (!profiles.some(({ sliceCount }) => sliceCount === 7)) return null
  const nameOf = (slices: number): string | undefined =>
    target.gpuInstances.find(({ profileId }) =>
      profiles.some(({ id, sliceCount }) => id === profileId && sliceCount === slices),
    )?.profileName
  const [four, three] = [nameOf(4), nameOf(3)]
  return four === undefined || three === undefined ? null : [four, three]
}
