import type {
  CreateComputeInstanceStep,
  CreateGpuInstanceStep,
  PlanStep,
} from '../../../types/machine/plan.js'
import type { ModeOutcome } from '../../../types/machine/report.js'
import type { ComputeInstanceProfile, Placement } from '../../../types/model/geometry.js'
import type { GpuState } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { isNvmlError, MigError } from '../../errors.js'
import { formatPlacement } from '../../model/placement.js'
import { changeMode } from './change-mode.js'
import type { Control } from './control.js'

/** The driver's ids of the GPU instances of one GPU, by placement. */
export type InstanceIds = Map<string, number>

export function instanceIdsOf(gpu: GpuState): InstanceIds {
  return new Map(
    gpu.gpuInstances.map((instance) => [formatPlacement(instance.placement), instance.id]),
  )
}

/**
 * Runs one step: its changing call, and the calls that find its objects or make it take effect. Settles with what became
 * of a MIG mode.
 */
export async function runStep(
  session: DriverSession,
  step: PlanStep,
  ids: InstanceIds,
  emit?: Control['emit'],
): Promise<ModeOutcome | undefined> {
  switch (step.kind) {
    case 'set-mig-mode':
      return changeMode(session, step, emit)
    case 'destroy-compute-instance':
      await session.destroyComputeInstance(step.gpu, step.gpuInstanceId, step.computeInstanceId)
      return
    case 'destroy-gpu-instance':
      await session.destroyGpuInstance(step.gpu, step.gpuInstanceId)
      ids.delete(formatPlacement(step.placement))
      return
    case 'create-gpu-instance': {
      const id = await createGpuInstanceAt(session, step)
      ids.set(formatPlacement(step.placement), id)
      return
    }
    case 'create-compute-instance': {
      const gpuInstance = ids.get(formatPlacement(step.gpuInstancePlacement))
      if (gpuInstance === undefined)
        throw new Error(`no GPU instance at ${formatPlacement(step.gpuInstancePlacement)}`)
      const { profileId, placement } = await listedPlace(session, step, gpuInstance)
      await session.createComputeInstance(step.gpu, gpuInstance, profileId, placement)
      return
    }
    default:
      return step satisfies never
  }
}

/**
 * Creates a GPU instance at its place, and returns its id. A driver before R460 takes no place and chooses it by
 * itself. A plan creates instances in an order in which such a driver chooses right. Where there is no such order,
 * instances are created until one lands at its place, and the others are destroyed again: they only take free places.
 */
async function createGpuInstanceAt(
  session: DriverSession,
  { gpu, profileId, placement }: CreateGpuInstanceStep,
): Promise<number> {
  try {
    return (await session.createGpuInstance(gpu, profileId, placement)).id
  } catch (error) {
    if (!isNvmlError(error) || error.code !== 'NVML_ERROR_FUNCTION_NOT_FOUND') throw error
  }
  const elsewhere: number[] = []
  try {
    for (;;) {
      const made = await session.createGpuInstance(gpu, profileId, null)
      if (made.placement.start === placement.start) return made.id
      elsewhere.push(made.id)
    }
  } finally {
    for (const id of elsewhere) await session.destroyGpuInstance(gpu, id)
  }
}

/**
 * What creation needs: a profile of this GPU instance, and a placement as the driver lists it. Only the driver knows the
 * size of a placement, so no size is computed. The compute instance that fills its GPU instance needs no placement.
 */
async function listedPlace(
  session: DriverSession,
  step: CreateComputeInstanceStep,
  gpuInstance: number,
): Promise<{ readonly profileId: number; readonly placement: Placement | null }> {
  let profiles: readonly ComputeInstanceProfile[]
  try {
    profiles = await session.readComputeInstanceProfiles(
      step.gpu,
      gpuInstance,
      step.gpuInstanceProfileId,
    )
  } catch (error) {
    // This profile and placement came from this driver before.
    if (step.profileId === undefined) throw error
    return { profileId: step.profileId, placement: step.placement }
  }
  const bySize = profiles.toSorted(
    (a, b) => b.sliceCount - a.sliceCount || b.multiprocessorCount - a.multiprocessorCount,
  )
  // Hopper's 1g GPU instance with twice the memory has two profiles of one slice with the same name. The one with all of
  // its multiprocessors is what a MIG device of that GPU instance means.
  const profile = bySize.find(({ id, sliceCount }) =>
    step.profileId === undefined ? sliceCount === step.sliceCount : id === step.profileId,
  )
  if (profile === undefined) {
    throw new MigError(
      'MIG_PROFILE_UNKNOWN',
      `GPU ${step.gpuIndex}: GPU instance ${gpuInstance} has no compute instance profile of ${step.sliceCount} slices; it has ${profiles.map(({ name }) => name).join(', ')}`,
    )
  }
  // A driver before R525 lists no placements, and accepts none.
  const isPlaced = step.placement !== null && profile.placements.length > 0
  if (profile === bySize[0] || !isPlaced) return { profileId: profile.id, placement: null }
  const placement = profile.placements.find(({ start }) => start === step.placement?.start)
  if (placement !== undefined) return { profileId: profile.id, placement }
  throw new MigError(
    'MIG_PARTITION_INFEASIBLE',
    `GPU ${step.gpuIndex}: the driver lists no place for ${step.name} at slice ${step.placement?.start}; it lists ${profile.placements.map(({ start }) => start).join(', ')}`,
  )
}
