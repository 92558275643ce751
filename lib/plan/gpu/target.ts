import type {
  TargetComputeInstance,
  TargetGpu,
  TargetGpuInstance,
} from '../../../types/machine/plan.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { GpuInstance, GpuState } from '../../../types/model/state.js'
import type { Layout } from '../../../types/solver/layout.js'
import { computeInstanceName } from '../../model/profile-names.js'

/** The target that brings a GPU back to its present state, including a mode change that waits for a reset. */
export function targetToRestore(gpu: GpuState): TargetGpu {
  const target = targetOf(gpu)
  const migPending = gpu.mig?.pending ?? false
  return migPending === target.migEnabled ? target : { ...target, migPending }
}

/** The target of a GPU that waits for the reset that changes its MIG mode. */
export function pendingTarget({ mig }: Pick<GpuState, 'mig'>): TargetGpu {
  const enabled = mig?.enabled ?? false
  return { migEnabled: enabled, migPending: !enabled, gpuInstances: [] }
}

/** The present state of a GPU as a target. */
export function targetOf(gpu: GpuState): TargetGpu {
  return {
    migEnabled: gpu.mig?.enabled ?? false,
    gpuInstances: gpu.gpuInstances.map(targetOfInstance),
  }
}

function targetOfInstance(instance: GpuInstance): TargetGpuInstance {
  const { profileId, profileName, placement, computeInstances } = instance
  return {
    profileId,
    profileName,
    placement: { ...placement },
    computeInstances: computeInstances.map(
      ({ name, sliceCount, profileId, placement: place }): TargetComputeInstance => ({
        name,
        sliceCount,
        profileId,
        placement: place === null ? null : { ...place },
      }),
    ),
  }
}

/** A solved layout as a target. The geometry must have every profile of the layout. */
export function targetOfLayout(layout: Layout, geometry: Geometry): TargetGpu {
  return {
    migEnabled: true,
    gpuInstances: layout.map(({ profileId, placement, computeInstances }) => {
      const profile = geometry.profiles.find((entry) => entry.id === profileId)
      if (profile === undefined) throw new Error(`the layout has an unknown profile ${profileId}`)
      return {
        profileId,
        profileName: profile.name,
        placement: { ...placement },
        // An assumed place is left to the driver.
        computeInstances: computeInstances.map(
          ({ sliceCount, placement: place, placementAssumed }) => ({
            name: computeInstanceName(profile, sliceCount),
            sliceCount,
            placement: place === null || placementAssumed === true ? null : { ...place },
          }),
        ),
      }
    }),
  }
}
