import type { GpuPlan, PlanStep } from '../../../types/machine/plan.js'
import type { GpuState } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { formatPlacement, isSamePlace } from '../../model/placement.js'
import { holdsAsListed, planAnew } from '../../plan/driver-places.js'
import { readGpu } from '../operation/bring-to.js'
import type { InstanceIds } from '../operation/run-step.js'
import type { NoteNewPlan } from './execute.js'

/** The plan of one GPU while it runs. */
export interface ComparedPlaces {
  /** The one that holds now. */
  readonly plan: GpuPlan
  /**
   * Before the first compute instance of a GPU instance is made: compares the planned places with those
   * that the driver lists inside it. Null: the plan holds. Else the new plan, whose steps lead on from how
   * the GPU is. Rejects with `MIG_PARTITION_INFEASIBLE` where there is none.
   */
  compare(step: PlanStep, ids: InstanceIds): Promise<GpuPlan | null>
}

export function comparePlaces(
  session: DriverSession,
  first: GpuPlan,
  before: GpuState,
  noteNewPlan: NoteNewPlan,
): ComparedPlaces {
  let plan = first
  const compared = new Set<string>()

  async function isAsListed(step: PlanStep, ids: InstanceIds): Promise<boolean> {
    if (step.kind !== 'create-compute-instance') return true
    const place = formatPlacement(step.gpuInstancePlacement)
    const instance = plan.target.gpuInstances.find(({ placement }) =>
      isSamePlace(placement, step.gpuInstancePlacement),
    )
    const id = ids.get(place)
    if (instance === undefined || id === undefined || compared.has(place)) return true
    compared.add(place)
    const { gpu, gpuInstanceProfileId } = step
    const listed = await session.readComputeInstanceProfiles(gpu, id, gpuInstanceProfileId)
    return holdsAsListed(instance, listed)
  }

  return {
    get plan() {
      return plan
    },
    async compare(step, ids) {
      if (await isAsListed(step, ids)) return null
      const now = await readGpu(session, step.gpu)
      const anew = planAnew(plan, before, now, session.driverVersion)
      await noteNewPlan(anew, now)
      plan = anew
      return anew
    },
  }
}
