import type { TargetComputeInstance, TargetGpuInstance } from '../../../types/machine/plan.js'
import type {
  ComputeInstanceProfile,
  Geometry,
  GpuInstanceProfile,
  Placement,
} from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { overlaps } from '../../model/placement.js'
import { computeInstanceName, parseProfileName } from '../../model/profile-names.js'
import { checkLayout } from '../../solver/layout/check-layout.js'
import type { ConfigEntry, PlacementRequest } from '../document/entry.js'
import { describeFault } from './describe-fault.js'
import type { BadPlacement } from './reject-placements.js'
import { resolveProfile } from './resolve-profile.js'
import { describeUnknownProfile } from './unknown-profile.js'

/** No GPU has this many memory units. Beyond it placements must overlap, and each pair would be a fault. */
const mostPlaced = 64

/** Exact placements as ids of one GPU, and the faults that make them impossible there. */
export function resolvePlacements(
  entry: ConfigEntry,
  requests: readonly PlacementRequest[],
  gpu: AnyGpuState,
  geometry: Geometry,
): { readonly placements: readonly TargetGpuInstance[]; readonly faults: readonly BadPlacement[] } {
  const placements: TargetGpuInstance[] = []
  const faults: BadPlacement[] = []
  for (const request of requests) {
    const resolved = resolvePlacement(request, gpu, geometry)
    if ('placement' in resolved) placements.push(resolved)
    else faults.push({ gpu, ...resolved })
  }
  const path = [...entry.path, 'placements']
  const broken = faults.length > 0 ? [] : checkLayout(geometry, placements.slice(0, mostPlaced))
  return {
    placements: placements.toSorted((a, b) => a.placement.start - b.placement.start),
    faults: [
      ...faults,
      ...broken.map((fault): BadPlacement => {
        const message = describeFault(fault, geometry)
        return { gpu, path, code: 'MIG_PARTITION_INFEASIBLE', message }
      }),
    ],
  }
}

function resolvePlacement(
  { profile: name, start, computeInstances, path }: PlacementRequest,
  gpu: AnyGpuState,
  geometry: Geometry,
): TargetGpuInstance | Omit<BadPlacement, 'gpu'> {
  const profile = findWholeProfile(name, gpu, geometry)
  if (profile === null) {
    const message = `is "${name}", which ${describeUnknownProfile(name, gpu.name, geometry)}`
    return { path: [...path, 'profile'], code: 'MIG_PROFILE_UNKNOWN', message }
  }
  const placement = profile.placements.find((place) => place.start === start)
  if (placement === undefined) {
    const starts = profile.placements.map((place) => place.start).join(', ')
    const message = `is not a place of ${profile.name} on ${gpu.name}, which takes it at ${starts}`
    return { path: [...path, 'start'], code: 'MIG_PARTITION_INFEASIBLE', message }
  }
  const parts: TargetComputeInstance[] = []
  const { sliceCount } = profile
  for (const [index, part] of (computeInstances ?? []).entries()) {
    const size = findComputeSize(part.profile, profile)
    if (size === null) {
      const message = `is "${part.profile}", which is not a compute instance of ${profile.name}`
      const partPath = [...path, 'compute-instances', index, 'profile']
      return { path: partPath, code: 'MIG_PROFILE_UNKNOWN', message }
    }
    parts.push({ ...size, placement: placePart(part.start, size.sliceCount, profile) })
  }
  const whole = { name: profile.name, sliceCount, placement: null }
  return {
    profileId: profile.id,
    profileName: profile.name,
    placement: { ...placement },
    computeInstances: computeInstances === null ? [whole] : placeOthers(parts, profile),
  }
}

function findWholeProfile(
  name: string,
  gpu: AnyGpuState,
  { profiles }: Geometry,
): GpuInstanceProfile | null {
  if (name.startsWith('id:')) return profiles.find(({ id }) => `id:${id}` === name) ?? null
  const size = resolveProfile(name, { profiles }, gpu)
  const profile = profiles.find(({ id }) => id === size?.profileId)
  return profile?.sliceCount === size?.sliceCount ? (profile ?? null) : null
}

function findComputeSize(
  name: string,
  profile: GpuInstanceProfile,
): Pick<TargetComputeInstance, 'name' | 'sliceCount' | 'profileId'> | null {
  const known = profile.computeInstanceProfiles ?? []
  if (name.startsWith('id:')) {
    const found = known.find(({ id }) => `id:${id}` === name)
    return found === undefined
      ? null
      : {
          name: computeInstanceName(profile, found.sliceCount),
          sliceCount: found.sliceCount,
          profileId: found.id,
        }
  }
  const parts = parseProfileName(name)
  const sliceCount = parts?.computeSlices ?? 0
  const isOfProfile = parts?.slices === profile.sliceCount && name.endsWith(profile.name)
  const exists =
    sliceCount === profile.sliceCount || known.some((size) => size.sliceCount === sliceCount)
  return isOfProfile && exists
    ? { name: computeInstanceName(profile, sliceCount), sliceCount }
    : null
}

function placePart(
  start: number | null,
  sliceCount: number,
  profile: GpuInstanceProfile,
): Placement | null {
  if (start === null) return null
  const size = sizeOf(sliceCount, profile)?.placements.find((place) => place.start === start)?.size
  return { start, size: size ?? sliceCount }
}

/**
 * If some places are given, the others become the free ones beside them. Otherwise the driver might choose a
 * given place for one of the others.
 */
function placeOthers(
  parts: readonly TargetComputeInstance[],
  profile: GpuInstanceProfile,
): readonly TargetComputeInstance[] {
  const taken = parts.flatMap(({ placement }) => (placement === null ? [] : [placement]))
  if (taken.length === 0) return parts
  return parts.map((part) => {
    if (part.placement !== null) return part
    const placement = sizeOf(part.sliceCount, profile)?.placements.find(
      (place) => !taken.some((other) => overlaps(other, place)),
    )
    if (placement === undefined) return part
    taken.push(placement)
    return { ...part, placement: { ...placement } }
  })
}

function sizeOf(
  sliceCount: number,
  { computeInstanceProfiles }: GpuInstanceProfile,
): ComputeInstanceProfile | undefined {
  return computeInstanceProfiles?.find((size) => size.sliceCount === sliceCount)
}
