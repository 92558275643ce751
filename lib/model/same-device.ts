import type { ComputeInstance, GpuInstance } from '../../types/model/state.js'
import { isSameInstance, isSamePlace } from './placement.js'

// What a driver shows of an instance, at two times. None of it proves that the instance was not
// destroyed and made again in between. A UUID is no part of the comparison: the driver makes it of
// the two ids alone (open-gpu-kernel-modules, gpu_uuid.c and kernel_mig_manager.c), so the
// full 3g.20gb of a GPU instance and the first 1c.3g.20gb made after it share one (MIG User Guide).

export function isSameGpuInstance(a: GpuInstance, b: GpuInstance): boolean {
  return a.id === b.id && isSameInstance(a, b)
}

/** Both are of GPU instances that are the same. */
export function isSameComputeInstance(a: ComputeInstance, b: ComputeInstance): boolean {
  return a.id === b.id && a.profileId === b.profileId && isSamePlace(a.placement, b.placement)
}
