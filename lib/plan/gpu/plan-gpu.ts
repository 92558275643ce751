import type { TargetGpu } from '../../../types/machine/plan.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { deepFreeze } from '../../model/freeze.js'
import { describeUnknownGeometry } from '../../model/unknown-geometry.js'
import type { WantedGpu } from '../../model/wanted.js'
import { isSamePartition, partitionOf } from '../../solver/layout/demand.js'
import { repartition } from '../../solver/live/repartition.js'
import { planAdded } from './adding.js'
import { currentLayout, withUsedFirst } from './current-layout.js'
import {
  dividesAnew,
  holdersOfMode,
  usersInTheWay,
  usersOfDestroyed,
  usersOfWholeGpu,
} from './in-the-way.js'
import { planPlacements } from './match-target.js'
import { planToTarget } from './plan-steps.js'
import type { GpuPlanResult, PlanningOptions } from './planning.js'
import { planWithStaying } from './staying.js'
import { planAroundBare } from './staying-bare.js'
import { targetOf, targetOfLayout } from './target.js'

/**
 * Plans one GPU with the least disturbance. Instances that a process uses stay; if the wanted devices
 * leave no space for them, the result is `in-use`.
 *
 * Throws `MIG_NOT_SUPPORTED` for MIG on a GPU that cannot do it, and `MIG_GEOMETRY_UNKNOWN` if devices are
 * wanted on a GPU whose geometry is not known.
 */
export function planGpu(
  wanted: WantedGpu,
  processes: readonly GpuProcess[] = [],
  options: PlanningOptions = {},
): GpuPlanResult {
  const plan = (exactly: WantedGpu): GpuPlanResult =>
    planAroundBare(exactly, (each) => planExactly(each, processes, options))
  if (wanted.add === true) return planAdded(wanted, plan)
  return wanted.atLeast === true || wanted.keep !== undefined
    ? planWithStaying(wanted, processes, plan)
    : plan(wanted)
}

function planExactly(
  wanted: WantedGpu,
  processes: readonly GpuProcess[],
  options: PlanningOptions,
): GpuPlanResult {
  const result = planUndisturbed(wanted, processes, options)
  if (result.kind !== 'in-use' || options.evict !== true) return result
  const free = planUndisturbed(wanted, [], options, processes)
  if (free.kind !== 'plan') return free
  // If the mode does not change, processes in instances that stay keep running.
  const changesMode = wanted.gpu.mig?.enabled !== wanted.migEnabled
  const holders = result.processes.filter((each) => changesMode || !usesInstance(each))
  const evicted = new Set([...holders, ...usersOfDestroyed(free.plan, processes)])
  return deepFreeze({ kind: 'plan', plan: { ...free.plan, evicted: [...evicted] } })
}

function planUndisturbed(
  wanted: WantedGpu,
  processes: readonly GpuProcess[],
  options: PlanningOptions,
  evictable: readonly GpuProcess[] = [],
): GpuPlanResult {
  const result = planAround(wanted, processes, options, evictable)
  // Irrelevant while the instances still wait for a reset.
  const users = leavesReset(wanted, options) ? [] : usersOfWholeGpu(processes)
  return result.kind === 'plan' && users.length > 0 && dividesAnew(wanted.gpu, result.plan)
    ? { kind: 'in-use', processes: users }
    : result
}

function planAround(
  wanted: WantedGpu,
  processes: readonly GpuProcess[],
  { modeOnly = false, skipReset = false, modeByReset, driverVersion }: PlanningOptions,
  evictable: readonly GpuProcess[],
): GpuPlanResult {
  const { gpu, migEnabled } = wanted
  const byReset = modeByReset?.has(gpu.uuid) ?? false
  const holders = holdersOfMode({ gpu, migEnabled, byReset, skipReset }, processes)
  if (holders.length > 0) return { kind: 'in-use', processes: holders }
  if (modeOnly && gpu.mig !== null) return makePlan(wanted, modeTarget(wanted))
  if (!wanted.migEnabled) return makePlan(wanted, { migEnabled: false, gpuInstances: [] })
  if (gpu.mig === null) {
    throw new MigError('MIG_NOT_SUPPORTED', `GPU ${gpu.index} (${gpu.name}) cannot do MIG`)
  }
  if (wanted.placements !== undefined) {
    if (hidesInstances(gpu)) throw unknownGeometry(gpu, driverVersion)
    const placed = planPlacements(gpu, wanted.placements, processes)
    return placed.kind === 'in-use' ? placed : makePlan(wanted, placed.target, gpu, true)
  }
  if (isAsWanted(wanted)) return makePlan(wanted, targetOf(gpu))
  const geometry = hidesInstances(gpu) ? null : wanted.geometry
  if (geometry === null) {
    if (wanted.wanted.every(({ count }) => count === 0) && !processes.some(usesInstance)) {
      return makePlan(wanted, { migEnabled: true, gpuInstances: [] })
    }
    throw unknownGeometry(gpu, driverVersion)
  }
  return solveGpu(wanted, geometry, processes, evictable)
}

/** The layout with the wanted devices that changes the least, and its steps. */
function solveGpu(
  wanted: WantedGpu,
  geometry: Geometry,
  processes: readonly GpuProcess[],
  evictable: readonly GpuProcess[],
): GpuPlanResult {
  const { gpu } = wanted
  const current =
    evictable.length === 0
      ? currentLayout(gpu, processes, wanted.pinned)
      : currentLayout(gpu, evictable, wanted.pinned, 'busy')
  const result = repartition({ gpu: geometry, wanted: wanted.wanted, current })
  if (result.kind === 'repartition') {
    const users = [...processes, ...evictable]
    const target = targetOfLayout(result.layout, geometry)
    return makePlan(wanted, target, withUsedFirst(gpu, users, wanted.pinned))
  }
  // Solve again as if nothing were in use. If that works, report the processes, not the missing space.
  const free = repartition({
    gpu: geometry,
    wanted: wanted.wanted,
    current: currentLayout(gpu, [], wanted.pinned),
  })
  if (free.kind === 'infeasible') return free
  return { kind: 'in-use', processes: usersInTheWay(gpu, processes, result.reason) }
}

function unknownGeometry(gpu: GpuState, driverVersion: string | undefined): MigError {
  return new MigError(
    'MIG_GEOMETRY_UNKNOWN',
    `How GPU ${gpu.index} (${gpu.name}) can be divided is not known: ${describeUnknownGeometry(gpu, driverVersion)}`,
  )
}

/** The driver lists GPU instances by profile, so changes of such a GPU could be neither verified nor undone. */
function hidesInstances({ mig, geometry }: GpuState): boolean {
  return mig?.enabled === true && geometry === null
}

function makePlan(
  { gpu, entry, geometry, migPending }: WantedGpu,
  wanted: TargetGpu,
  live: GpuState = gpu,
  placed = false,
): GpuPlanResult {
  const target = migPending === undefined ? wanted : { ...wanted, migPending }
  const steps = planToTarget(live, target, geometry)
  return deepFreeze({
    kind: 'plan',
    plan: {
      gpu: gpu.uuid,
      gpuIndex: gpu.index,
      entry,
      steps,
      target,
      ...(placed ? { placed: true } : {}),
    },
  })
}

/** Whether the GPU has the wanted devices and nothing else, at any places, so that nothing has to be solved. */
function isAsWanted({ gpu, wanted }: WantedGpu): boolean {
  return (
    gpu.mig?.enabled === true &&
    gpu.gpuInstances.every((instance) => instance.computeInstances.length > 0) &&
    isSamePartition(partitionOf(currentLayout(gpu)), wanted)
  )
}

function usesInstance(process: GpuProcess): boolean {
  return process.gpuInstanceId !== null
}

/** Whether the apply only requests the MIG mode, which takes effect at a later reset. */
function leavesReset(
  { gpu, migEnabled }: WantedGpu,
  { skipReset = false, modeByReset }: PlanningOptions,
): boolean {
  const byReset = modeByReset?.has(gpu.uuid) ?? false
  return skipReset && byReset && gpu.mig?.enabled !== migEnabled
}

function modeTarget({ gpu, migEnabled }: WantedGpu): TargetGpu {
  return gpu.mig?.enabled === migEnabled ? targetOf(gpu) : { migEnabled, gpuInstances: [] }
}
