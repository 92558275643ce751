import type { Geometry } from '../../types/geometry.js'
import type { GpuPlan, TargetGpu } from '../../types/plan.js'
import type { InfeasibleReason, LayoutInfeasible, Partition } from '../../types/solver.js'
import type { GpuProcess, GpuState } from '../../types/state.js'
import { MigError } from '../errors.js'
import { deepFreeze } from '../model/freeze.js'
import { isSamePartition, partitionOf, solveLayout } from '../solver/index.js'
import { currentLayout, usersOf } from './current-layout.js'
import { isSamePlace } from './match-target.js'
import { planToTarget } from './plan-steps.js'
import { targetOf, targetOfLayout } from './target.js'

/** How one GPU shall be. */
export interface WantedGpu {
  readonly gpu: GpuState
  /** The entry of the configuration that decides. */
  readonly entry: number
  readonly migEnabled: boolean
  /** Where the driver's is not complete. Default: the one in `gpu`. */
  readonly geometry?: Geometry | null
  /** Of no account when MIG shall be off. */
  readonly wanted: Partition
}

/** The change is possible, but these processes would lose their devices. */
export interface GpuInUse {
  readonly kind: 'in-use'
  readonly processes: readonly GpuProcess[]
}

export type GpuPlanResult =
  | { readonly kind: 'plan'; readonly plan: GpuPlan }
  | LayoutInfeasible
  | GpuInUse

/**
 * Plans one GPU with the least disturbance. Instances that a process uses stay; where the wanted
 * devices leave no room for them the GPU is in use.
 *
 * Throws `MIG_NOT_SUPPORTED` for MIG on a GPU without it, `MIG_GEOMETRY_UNKNOWN` where devices are
 * wanted of a GPU whose geometry is not known.
 */
export function planGpu(wanted: WantedGpu, processes: readonly GpuProcess[] = []): GpuPlanResult {
  const result = planAround(wanted, processes)
  // The first GPU instance divides the hardware: refused while anybody uses the whole GPU, be it a
  // display server or a profiler (open-gpu-kernel-modules, kernel_mig_manager.c).
  const users = processes.filter((process) => process.gpuInstanceId === null)
  return result.kind === 'plan' && users.length > 0 && dividesAnew(wanted.gpu, result.plan)
    ? { kind: 'in-use', processes: users }
    : result
}

function dividesAnew(gpu: GpuState, { steps }: GpuPlan): boolean {
  const destroyed = steps.filter((step) => step.kind === 'destroy-gpu-instance')
  return (
    steps.some((step) => step.kind === 'create-gpu-instance') &&
    destroyed.length === gpu.gpuInstances.length
  )
}

function planAround(wanted: WantedGpu, processes: readonly GpuProcess[]): GpuPlanResult {
  const { gpu } = wanted
  const holders = processesInTheWay(wanted, processes)
  if (holders.length > 0) return { kind: 'in-use', processes: holders }
  if (!wanted.migEnabled) return makePlan(wanted, { migEnabled: false, gpuInstances: [] })
  if (gpu.mig === null) {
    throw new MigError('MIG_NOT_SUPPORTED', `GPU ${gpu.index} (${gpu.name}) cannot do MIG`)
  }
  if (isAsWanted(wanted)) return makePlan(wanted, targetOf(gpu))
  const geometry = wanted.geometry ?? gpu.geometry
  if (geometry === null) {
    if (wanted.wanted.every(({ count }) => count === 0) && processes.length === 0) {
      return makePlan(wanted, { migEnabled: true, gpuInstances: [] })
    }
    throw new MigError(
      'MIG_GEOMETRY_UNKNOWN',
      `GPU ${gpu.index} (${gpu.name}): the driver does not tell what it can be divided into`,
    )
  }
  const current = currentLayout(gpu, processes)
  const result = solveLayout({ geometry, wanted: wanted.wanted, current })
  if (result.kind === 'layout') return makePlan(wanted, targetOfLayout(result.layout, geometry))
  // Nobody in the way: would it do then? If so, that is the news, not what is missing meanwhile.
  const free = solveLayout({ geometry, wanted: wanted.wanted, current: currentLayout(gpu) })
  if (free.kind === 'infeasible') return free
  return { kind: 'in-use', processes: findHolders(gpu, processes, result.reason) }
}

function makePlan({ gpu, entry }: WantedGpu, target: TargetGpu): GpuPlanResult {
  const steps = planToTarget(gpu, target)
  return deepFreeze({
    kind: 'plan',
    plan: { gpu: gpu.uuid, gpuIndex: gpu.index, entry, steps, target },
  })
}

/** The wanted devices and nothing else, wherever they sit: then there is nothing to solve. */
function isAsWanted({ gpu, wanted }: WantedGpu): boolean {
  return (
    gpu.mig?.enabled === true &&
    gpu.gpuInstances.every((instance) => instance.computeInstances.length > 0) &&
    isSamePartition(partitionOf(currentLayout(gpu)), wanted)
  )
}

/** A mode change takes the whole GPU away from everybody. */
function processesInTheWay(
  { gpu, migEnabled }: WantedGpu,
  processes: readonly GpuProcess[],
): readonly GpuProcess[] {
  return gpu.mig !== null && gpu.mig.enabled !== migEnabled ? processes : []
}

function findHolders(
  gpu: GpuState,
  processes: readonly GpuProcess[],
  reason: InfeasibleReason,
): readonly GpuProcess[] {
  const blocking =
    reason.kind === 'pinned-unwanted'
      ? reason.instances
      : reason.kind === 'no-start'
        ? reason.conflict.pinned
        : []
  const instances = gpu.gpuInstances.filter((instance) =>
    blocking.some(({ placement }) => isSamePlace(placement, instance.placement)),
  )
  const holders = instances.flatMap((instance) => usersOf(instance, processes))
  return holders.length > 0
    ? holders
    : processes.filter((process) => process.gpuInstanceId !== null)
}
