import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { findNamedProfile } from '../../model/nvml-profile-name.js'
import {
  computeInstanceName,
  formatProfileName,
  parseProfileName,
} from '../../model/profile-names.js'
import type { DeviceSize } from '../../model/wanted.js'

/** The size of a name on this GPU; null if it has no such size. */
export function resolveProfile(
  name: string,
  geometry: Geometry,
  gpu: AnyGpuState,
): DeviceSize | null {
  const parts = parseProfileName(name)
  if (parts === null) return null
  const full = formatProfileName({ ...parts, computeSlices: parts.slices })
  const totalMemoryBytes = gpu.memoryMiB === null ? null : gpu.memoryMiB * 2 ** 20
  const profile = findNamedProfile(geometry.profiles, full, totalMemoryBytes)
  if (profile === null || !listComputeSlices(profile).includes(parts.computeSlices)) return null
  return { profileId: profile.id, sliceCount: parts.computeSlices }
}

/** The names of all sizes of MIG device. For each GPU instance profile the full one comes first. */
export function listProfileNames(geometry: Geometry): readonly string[] {
  return geometry.profiles.flatMap((profile) =>
    listComputeSlices(profile).map((slices) => computeInstanceName(profile, slices)),
  )
}

function listComputeSlices(profile: GpuInstanceProfile): readonly number[] {
  const { computeInstanceProfiles, sliceCount } = profile
  // The full compute instance exists in every GPU instance; only the driver knows the others.
  const known = computeInstanceProfiles?.map((compute) => compute.sliceCount) ?? []
  return [...new Set([sliceCount, ...known])]
}
