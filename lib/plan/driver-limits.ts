import type { ConfigIssue } from '../../types/config/config.js'
import type { GpuPlan } from '../../types/machine/plan.js'
import { MigError } from '../errors.js'
import { holdsFourBesideThree } from '../model/driver-version.js'
import { formatGpus } from '../model/gpu-text.js'
import { groupBy } from '../model/group-by.js'
import type { LocateInDocument, WantedGpu } from './wanted.js'

/** A GPU that fits by its geometry, and that this driver will not divide so. */
interface LimitedGpu {
  readonly wanted: WantedGpu
  readonly problem: string
}

/**
 * Throws `MIG_PARTITION_INFEASIBLE` where the driver would refuse a step in the middle, by a limit that it
 * does not tell. `driverVersion` absent: there is no driver to ask.
 */
export function rejectDriverLimits(
  config: string,
  planned: readonly { readonly wanted: WantedGpu; readonly plan: GpuPlan }[],
  driverVersion: string | undefined,
  locate: LocateInDocument = () => null,
): void {
  if (driverVersion === undefined || holdsFourBesideThree(driverVersion)) return
  const limited = planned.flatMap(({ wanted, plan }): LimitedGpu[] => {
    const pair = plan.steps.length === 0 ? null : findPair(wanted, plan)
    if (pair === null) return []
    const problem = `${pair.join(' and ')} on one GPU take a driver of R510 or later; this one is ${driverVersion}`
    return [{ wanted, problem }]
  })
  if (limited.length === 0) return
  const alike = groupBy(
    limited,
    ({ wanted, problem }) => `${wanted.entry} ${wanted.gpu.name} ${problem}`,
  )
  const issues = [...alike.values()].flatMap((same): ConfigIssue[] => {
    const [first] = same
    if (first === undefined) return []
    const where = formatGpus(same.map(({ wanted }) => wanted.gpu))
    const path = ['mig-configs', config, first.wanted.entry, first.wanted.field ?? 'mig-devices']
    const message = `${where}, ${first.wanted.gpu.name}: ${first.problem}`
    return [{ message, path, ...locate(path, 'key') }]
  })
  throw new MigError(
    'MIG_PARTITION_INFEASIBLE',
    `The configuration "${config}" wants devices that this driver does not create together:\n${issues
      .map((issue) => `  ${issue.message}`)
      .join('\n')}`,
    {
      issues,
      hint: 'update the driver, or want two of the smaller one, or other sizes beside the larger',
    },
  )
}

/** The names of four slices beside three, on a GPU of seven. Source: MIG User Guide. */
function findPair({ gpu, geometry }: WantedGpu, { target }: GpuPlan): [string, string] | null {
  const { profiles } = geometry ?? gpu.geometry ?? { profiles: [] }
  if (!profiles.some(({ sliceCount }) => sliceCount === 7)) return null
  const nameOf = (slices: number): string | undefined =>
    target.gpuInstances.find(({ profileId }) =>
      profiles.some(({ id, sliceCount }) => id === profileId && sliceCount === slices),
    )?.profileName
  const [four, three] = [nameOf(4), nameOf(3)]
  return four === undefined || three === undefined ? null : [four, three]
}
