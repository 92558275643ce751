import type { GpuPlan, PlanStep } from '../../../types/machine/plan.js'
import { formatPlacement, isSamePlace } from '../../model/placement.js'
import { holdsAsListed, planAnew } from '../../plan/driver-places.js'
import { targetToRestore } from '../../plan/gpu/target.js'
import { writeJournals } from '../journal/journal.js'
import { readGpu } from '../operation/bring-to.js'
import type { ApplyOperation } from '../operation/operation.js'
import type { InstanceIds } from '../operation/run-step.js'
import type { GpuProgress } from './gpu-progress.js'

/** Compares the planned places of compute instances with those that the driver lists. */
export interface Replanner {
  /**
   * To be called before each step; compares once for each GPU instance, before its first compute instance is
   * created. Null: the plan holds. Otherwise the new plan, whose steps go on from how the GPU is; the journal and the
   * target of the GPU are the new ones then. Rejects with `MIG_PARTITION_INFEASIBLE` where there is no such plan.
   */
  replan(step: PlanStep, ids: InstanceIds): Promise<GpuPlan | null>
}

export function createReplanner(operation: ApplyOperation, gpu: GpuProgress): Replanner {
  const { session } = operation
  const compared = new Set<string>()

  async function isAsListed(step: PlanStep, ids: InstanceIds): Promise<boolean> {
    if (step.kind !== 'create-compute-instance') return true
    const place = formatPlacement(step.gpuInstancePlacement)
    const instance = gpu.target.gpuInstances.find(({ placement }) =>
      isSamePlace(placement, step.gpuInstancePlacement),
    )
    const id = ids.get(place)
    if (instance === undefined || id === undefined || compared.has(place)) return true
    compared.add(place)
    const { gpu: uuid, gpuInstanceProfileId } = step
    const listed = await session.readComputeInstanceProfiles(uuid, id, gpuInstanceProfileId)
    return holdsAsListed(instance, listed)
  }

  return {
    async replan(step, ids) {
      if (await isAsListed(step, ids)) return null
      const now = await readGpu(session, step.gpu)
      const planned: GpuPlan = { ...gpu.plan, target: gpu.target }
      const anew = planAnew(planned, gpu.before, now, session.driverVersion)
      if (gpu.journal !== null) {
        gpu.journal = { ...gpu.journal, found: targetToRestore(now), target: anew.target }
        await writeJournals(session.lockFile, [gpu.journal])
      }
      gpu.target = anew.target
      return anew
    },
  }
}
