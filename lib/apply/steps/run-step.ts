import type { CreateComputeInstanceStep, PlanStep } from '../../../types/plan.js'
import type { ApplyEvent, ModeOutcome } from '../../../types/report.js'
import type { GpuState } from '../../../types/state.js'
import type { DriverSession } from '../../driver/session.js'
import { MigError } from '../../errors.js'
import { formatPlacement } from '../../model/placement.js'
import { changeMode } from './change-mode.js'
import { createGpuInstanceAt } from './create-at.js'

/** The ids that the driver gave to the GPU instances of one GPU, by place. */
export type InstanceIds = Map<string, number>

export function instanceIdsOf(gpu: GpuState): InstanceIds {
  return new Map(
    gpu.gpuInstances.map((instance) => [formatPlacement(instance.placement), instance.id]),
  )
}

/**
 * Makes one changing call, and what it needs to find its objects or to make it count. Settles with what
 * became of a MIG mode.
 */
export async function runStep(
  session: DriverSession,
  step: PlanStep,
  ids: InstanceIds,
  tell?: (event: ApplyEvent) => void,
): Promise<ModeOutcome | undefined> {
  switch (step.kind) {
    case 'set-mig-mode':
      return changeMode(session, step, tell)
    case 'destroy-compute-instance':
      await session.destroyComputeInstance(step.gpu, step.gpuInstanceId, step.computeInstanceId)
      return
    case 'destroy-gpu-instance':
      await session.destroyGpuInstance(step.gpu, step.gpuInstanceId)
      ids.delete(formatPlacement(step.placement))
      return
    case 'create-gpu-instance': {
      const id = await createGpuInstanceAt(session, step.gpu, step.profileId, step.placement)
      ids.set(formatPlacement(step.placement), id)
      return
    }
    case 'create-compute-instance': {
      const gpuInstance = ids.get(formatPlacement(step.gpuInstancePlacement))
      if (gpuInstance === undefined)
        throw new Error(`no GPU instance at ${formatPlacement(step.gpuInstancePlacement)}`)
      const profile = await computeInstanceProfile(session, step, gpuInstance)
      await session.createComputeInstance(step.gpu, gpuInstance, profile, step.placement)
      return
    }
    default:
      return step satisfies never
  }
}

/**
 * The id that this driver gives to the wanted size inside this GPU instance. Hopper's 1g GPU instance
 * with twice the memory has two of one slice, with one name: a plain one, and one with all of its
 * multiprocessors, which is what a MIG device of that GPU instance means.
 */
async function computeInstanceProfile(
  session: DriverSession,
  step: CreateComputeInstanceStep,
  gpuInstance: number,
): Promise<number> {
  if (step.profileId !== undefined) return step.profileId
  const profiles = await session.readComputeInstanceProfiles(
    step.gpu,
    gpuInstance,
    step.gpuInstanceProfileId,
  )
  const [found] = profiles
    .filter((profile) => profile.sliceCount === step.sliceCount)
    .sort((a, b) => b.multiprocessorCount - a.multiprocessorCount)
  if (found !== undefined) return found.id
  throw new MigError(
    'MIG_PROFILE_UNKNOWN',
    `GPU ${step.gpuIndex}: no compute instance of ${step.sliceCount} slices in GPU instance ${gpuInstance}; there are ${profiles.map((profile) => profile.name).join(', ')}`,
  )
}
