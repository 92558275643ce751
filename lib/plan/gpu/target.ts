import type {
  TargetComputeInstance,
  TargetGpu,
  TargetGpuInstance,
} from '../../../types/machine/plan.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { GpuInstance, GpuState } from '../../../types/model/state.js'
import type { Layout } from '../../../types/solver/layout.js'
import { computeInstanceName } from '../../model/profile-names.js'

/** The target that brings a GPU back to how it is now, a mode change that waits for a reset included. */
export function targetToRestore(gpu: GpuState): TargetGpu {
  const target = targetOf(gpu)
  const migPending = gpu.mig?.pending ?? false
  return migPending === target.migEnabled ? target : { ...target, migPending }
}

/** How a GPU waits for the reset that gives it another MIG mode. */
export function pendingTarget({ mig }: Pick<GpuState, 'mig'>): TargetGpu {
  const enabled = mig?.enabled ?? false
  return { migEnabled: enabled, migPending: !enabled, gpuInstances: [] }
}

/** The target that a GPU already is. */
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

/** A solved layout by name. Every profile of the layout is one of the geometry's. */
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
        // A driver that was not asked where a compute instance may sit is not told either.
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
