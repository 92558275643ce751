import type { Geometry } from '../../../types/model/geometry.js'
import type { AnyGpuState, GpuProcess } from '../../../types/model/state.js'
import type { Partition } from '../../../types/solver/layout.js'
import { listSeenKept } from '../../model/kept-devices.js'
import { computeInstanceName } from '../../model/profile-names.js'
import { listSeenDevices } from '../../model/state.js'
import type { WantedGpu } from '../../model/wanted.js'

/** One size of MIG device: how many there are, and how many are wanted. */
export interface SizeCount {
  readonly name: string
  readonly present: number
  /** The larger of the wanted number and the number that stays. */
  readonly least: number
  readonly wanted: number
}

/** Every size that is wanted or present. Devices of an unknown size are left out. */
export function countSizes(
  { wanted, geometry, keep }: WantedGpu<AnyGpuState>,
  gpu: AnyGpuState,
  processes: readonly GpuProcess[],
): readonly SizeCount[] {
  const sizes = new Map<
    string,
    { readonly name: string; wanted: number; present: number; kept: number }
  >()
  const sizeOf = (profileId: number | null, sliceCount: number | null, name: () => string) => {
    const key = `${profileId}/${sliceCount}`
    const size = sizes.get(key) ?? { name: name(), wanted: 0, present: 0, kept: 0 }
    if (profileId !== null && sliceCount !== null) sizes.set(key, size)
    return size
  }
  for (const { profileId, sliceCount, count } of wanted)
    sizeOf(profileId, sliceCount, () => nameOf(geometry, profileId, sliceCount)).wanted += count
  for (const { profileId, sliceCount, name } of listSeenDevices(gpu))
    sizeOf(profileId, sliceCount, () => name).present += 1
  for (const { profileId, sliceCount, name } of listSeenKept(gpu, keep, processes))
    sizeOf(profileId, sliceCount, () => name).kept += 1
  return [...sizes.values()].map(({ name, wanted, present, kept }) => ({
    name,
    present,
    least: Math.max(wanted, kept),
    wanted,
  }))
}

export function compareCounts(
  wanted: WantedGpu<AnyGpuState>,
  gpu: AnyGpuState,
  processes: readonly GpuProcess[],
): readonly string[] {
  return countSizes(wanted, gpu, processes)
    .filter(({ present, least }) => (wanted.atLeast === true ? present < least : present !== least))
    .map(describeSize)
}

export function describeSize({ name, present, wanted }: SizeCount): string {
  return `${name}: ${present} present, ${wanted} wanted`
}

function nameOf(geometry: Geometry | null, profileId: number, sliceCount: number): string {
  const profile = geometry?.profiles.find(({ id }) => id === profileId)
  return profile === undefined
    ? `${sliceCount} slices of profile ${profileId}`
    : computeInstanceName(profile, sliceCount)
}

/** The sizes of exact places. */
export function sizesOf(placements: NonNullable<WantedGpu<AnyGpuState>['placements']>): Partition {
  return placements.flatMap(({ profileId, computeInstances }) =>
    computeInstances.map(({ sliceCount }) => ({ profileId, sliceCount, count: 1 })),
  )
}
