import type { TargetGpu } from '../../../types/machine/plan.js'
import type { AnyGpuState, GpuState } from '../../../types/model/state.js'

/**
 * A GPU as it will be after a plan, as far as slices show it. The driver gives ids and UUIDs while the plan runs: parts of a GPU
 * instance are numbered as they lie, and no device has a UUID.
 */
export function plannedGpu(gpu: AnyGpuState, { migEnabled, gpuInstances }: TargetGpu): GpuState {
  return {
    ...gpu,
    mig: { enabled: migEnabled, pending: migEnabled },
    gpuInstances: gpuInstances.map((instance, id) => ({
      ...instance,
      id,
      computeInstances: instance.computeInstances.map((part, partId) => ({
        ...part,
        id: partId,
        profileId: part.profileId ?? 0,
        uuid: null,
      })),
    })),
  }
}
