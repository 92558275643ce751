import type { GpuPlan, TargetComputeInstance, TargetGpuInstance } from '../../types/machine/plan.js'
import type { ComputeInstanceProfile } from '../../types/model/geometry.js'
import type { ComputeInstance, GpuInstance, GpuState } from '../../types/model/state.js'
import { MigError } from '../errors.js'
import { completeGeometry } from '../model/geometry.js'
import { isSameInstance, mayBePart } from '../model/placement.js'
import { canHold } from '../solver/layout/check-layout.js'
import { partitionOf } from '../solver/layout/demand.js'
import { compileComputeTable } from '../solver/tables/compute-table.js'
import { planGpu } from './gpu/plan-gpu.js'

/**
 * Whether a GPU instance can hold its planned compute instances at the places that the driver lists. A
 * driver lists places only for an existing GPU instance; for a new one the plan relies on the catalog.
 */
export function holdsAsListed(
  instance: TargetGpuInstance,
  listed: readonly ComputeInstanceProfile[],
): boolean {
  const sliceCount = Math.max(...listed.map((profile) => profile.sliceCount))
  const table = compileComputeTable({ sliceCount, computeInstanceProfiles: listed })
  return !table.takesPlacements || canHold(table, instance)
}

/**
 * Solves a GPU again from its present state, because its driver lists other places than the plan assumed.
 * What the plan keeps stays where it is. Throws `MIG_PARTITION_INFEASIBLE` if the devices do not fit, or
 * if the configuration itself names the places.
 */
export function planAnew(
  plan: GpuPlan,
  before: GpuState,
  now: GpuState,
  driverVersion: string,
): GpuPlan {
  if (plan.placed === true) throw elsewhere(plan, 'the configuration names them')
  const result = planGpu({
    gpu: now,
    entry: plan.entry,
    migEnabled: true,
    geometry: completeGeometry(now, driverVersion),
    wanted: partitionOf(plan.target.gpuInstances),
    pinned: keptOf(plan, before, now),
    bare: bareOf(plan, now),
  })
  if (result.kind === 'plan') return result.plan
  throw elsewhere(plan, 'what is wanted does not fit there')
}

function elsewhere({ gpuIndex }: GpuPlan, why: string): MigError {
  return new MigError(
    'MIG_PARTITION_INFEASIBLE',
    `GPU ${gpuIndex}: the driver lists other places for compute instances than were planned, and ${why}`,
  )
}

/** The GPU instances that the plan leaves without compute instances. */
function bareOf({ target }: GpuPlan, { gpuInstances }: GpuState): ReadonlySet<GpuInstance> {
  return new Set(
    gpuInstances.filter((instance) =>
      target.gpuInstances.some(
        (other) => other.computeInstances.length === 0 && isSameInstance(other, instance),
      ),
    ),
  )
}

/** The compute instances that existed before the apply and that its plan keeps. */
function keptOf(
  { target }: GpuPlan,
  before: GpuState,
  now: GpuState,
): ReadonlySet<ComputeInstance> {
  const kept = new Set<ComputeInstance>()
  for (const instance of now.gpuInstances) {
    const there = before.gpuInstances.find((other) => isSameInstance(other, instance))
    const wanted = target.gpuInstances.find((other) => isSameInstance(other, instance))
    for (const part of instance.computeInstances) {
      const isPart = (other: TargetComputeInstance) => mayBePart(part, other)
      if (there?.computeInstances.some(isPart) && wanted?.computeInstances.some(isPart))
        kept.add(part)
    }
  }
  return kept
}
