import type { ConfigIssue } from '../../types/config/config.js'
import type { GpuPlan } from '../../types/machine/plan.js'
import type { GpuProcess } from '../../types/model/state.js'
import type { LayoutInfeasible } from '../../types/solver/explain.js'
import { MigError } from '../errors.js'
import { createIssue } from '../model/document-path.js'
import { holdsFourBesideThree } from '../model/driver-version.js'
import { formatGpus } from '../model/gpu-text.js'
import { groupBy } from '../model/group-by.js'
import { describeProcess } from '../model/process-text.js'
import type { WantedGpu, WantedMachine } from '../model/wanted.js'
import { describeInfeasible, describePartition } from '../solver/explain/describe-infeasible.js'
import type { GpuInUse } from './gpu/planning.js'

export interface RefusedGpu<Refusal> {
  readonly wanted: WantedGpu
  readonly refusal: Refusal
}

/** `MIG_PARTITION_INFEASIBLE` */
export function infeasibleError(
  machine: WantedMachine,
  refused: readonly RefusedGpu<LayoutInfeasible>[],
): MigError {
  const issues = listIssues(
    machine,
    refused.map(({ wanted, refusal }) => ({ wanted, refusal: explain(wanted, refusal) })),
  )
  return new MigError(
    'MIG_PARTITION_INFEASIBLE',
    `The configuration "${machine.config}" wants devices that do not fit on a GPU together:\n${joinMessages(issues)}`,
    { issues },
  )
}

/** One issue for all GPUs of one entry and model that are refused for the same reason. */
function listIssues(
  { config, locate }: WantedMachine,
  refused: readonly RefusedGpu<string>[],
): readonly ConfigIssue[] {
  const alike = groupBy(
    refused,
    ({ wanted, refusal }) => `${wanted.entry} ${wanted.gpu.name} ${refusal}`,
  )
  return [...alike.values()].flatMap((same): ConfigIssue[] => {
    const [first] = same
    if (first === undefined) return []
    const { entry, gpu, path = ['mig-configs', config, entry, 'mig-devices'] } = first.wanted
    const where = formatGpus(same.map(({ wanted }) => wanted.gpu))
    const message = `${where}, ${gpu.name}: ${first.refusal}`
    return [createIssue(locate, path, 'key', message)]
  })
}

function joinMessages(issues: readonly ConfigIssue[]): string {
  return issues.map((issue) => `  ${issue.message}`).join('\n')
}

function explain({ geometry, wanted, keep, add }: WantedGpu, refusal: LayoutInfeasible): string {
  const known = geometry ?? { profiles: [] }
  const reason = describeInfeasible(refusal.reason, known)
  const nearest = refusal.nearest.map(({ partition }) => describePartition(partition, known))
  const rest = nearest.length === 0 ? '' : `; ${nearest.join('; or ')} would fit`
  const kept = keep === undefined && add === undefined ? '' : ', beside what stays'
  return `${describePartition(wanted, known)}${kept}: ${reason}${rest}`
}

/**
 * Throws `MIG_PARTITION_INFEASIBLE` if the driver would refuse a step because of a limit that it does not
 * report. `driverVersion` absent: no driver is known.
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
    const refusal = `${pair.join(' and ')} on one GPU need driver R510 or later; this one is ${driverVersion}`
    return [{ wanted, refusal }]
  })
  if (limited.length === 0) return
  const issues = listIssues(machine, limited)
  throw new MigError(
    'MIG_PARTITION_INFEASIBLE',
    `The configuration "${machine.config}" wants devices that this driver does not create together:\n${joinMessages(issues)}`,
    {
      issues,
      hint: 'update the driver, or ask for two of the smaller size, or for other sizes beside the larger one',
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
  const four = nameOf(4)
  const three = nameOf(3)
  return four === undefined || three === undefined ? null : [four, three]
}

/** `MIG_IN_USE`, with the processes that hold what would have to go. */
export function inUseError(refused: readonly RefusedGpu<GpuInUse>[]): MigError {
  const lines = refused.map(({ wanted, refusal }) => {
    const holders = refusal.processes.map((process) => describeHolder(wanted, process))
    return `GPU ${wanted.gpu.index} is in use: ${holders.join('; ')}`
  })
  const holders = refused.flatMap(({ wanted: { gpu }, refusal }) =>
    refusal.processes.map((process) => ({ ...process, gpu: gpu.uuid, gpuIndex: gpu.index })),
  )
  return new MigError(
    'MIG_IN_USE',
    lines.length === 1
      ? `${lines[0]}`
      : `GPUs are in use:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    { holders, hint: hintFor(holders) },
  )
}

function hintFor(holders: readonly GpuProcess[]): string {
  return holders.every((process) => process.opensNodeOnly === true)
    ? 'Stop these processes, or leave the reset for later with the option skipReset.'
    : 'Stop these processes, or ask for a partition in which their devices can stay.'
}

/** `python3 train.py (pid 4711) uses 1g.5gb at 2:1, GPU instance 9` */
function describeHolder({ gpu }: WantedGpu, process: GpuProcess): string {
  const holder = describeProcess(process)
  if (process.opensNodeOnly === true)
    return `${holder} has the GPU open, which prevents the reset that the mode change needs`
  if (process.gpuInstanceId === null) return `${holder} uses the whole GPU`
  const instance = gpu.gpuInstances.find(({ id }) => id === process.gpuInstanceId)
  if (instance === undefined) return `${holder} uses GPU instance ${process.gpuInstanceId}`
  const compute = instance.computeInstances.find(({ id }) => id === process.computeInstanceId)
  const { start, size } = instance.placement
  const place = `at ${start}:${size}, GPU instance ${instance.id}`
  if (process.computeInstanceId === null) return `${holder} holds ${instance.profileName} ${place}`
  return `${holder} uses ${compute?.name ?? instance.profileName} ${place}, compute instance ${process.computeInstanceId}`
}
