import type { Placement } from '../../types/geometry.js'
import type { PlanStep } from '../../types/plan.js'
import type { GpuState } from '../../types/state.js'
import type { DriverSession } from '../driver/session.js'
import { MigError } from '../errors.js'
import { createGpuInstanceAt } from './create-at.js'

/** The ids that the driver gave to the GPU instances of one GPU, by place. */
export type InstanceIds = Map<string, number>

export function instanceIdsOf(gpu: GpuState): InstanceIds {
  return new Map(gpu.gpuInstances.map((instance) => [placeKey(instance.placement), instance.id]))
}

/** Makes one changing call, and what it needs to find its objects. */
export async function runStep(
  session: DriverSession,
  step: PlanStep,
  ids: InstanceIds,
): Promise<void> {
  switch (step.kind) {
    case 'set-mig-mode': {
      const { activation } = await session.setMigMode(step.gpu, step.enabled)
      if (activation !== 0) throw resetRequired(step.gpuIndex, step.enabled, activation)
      return
    }
    case 'destroy-compute-instance':
      return session.destroyComputeInstance(step.gpu, step.gpuInstanceId, step.computeInstanceId)
    case 'destroy-gpu-instance':
      await session.destroyGpuInstance(step.gpu, step.gpuInstanceId)
      ids.delete(placeKey(step.placement))
      return
    case 'create-gpu-instance': {
      const id = await createGpuInstanceAt(session, step.gpu, step.profileId, step.placement)
      ids.set(placeKey(step.placement), id)
      return
    }
    case 'create-compute-instance': {
      const gpuInstance = ids.get(placeKey(step.gpuInstancePlacement))
      if (gpuInstance === undefined) throw new Error(`no GPU instance at ${placeKey(step.gpuInstancePlacement)}`)
      const profile = await computeInstanceProfile(session, step, gpuInstance)
      await session.createComputeInstance(step.gpu, gpuInstance, profile, step.placement)
      return
    }
    default:
      step satisfies never
  }
}
