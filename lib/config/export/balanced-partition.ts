import type { GpuInstanceProfile } from '../../../types/model/geometry.js'
import { parseProfileName } from '../../model/profile-names.js'
import { fits } from '../../solver/placing/fits.js'
import type { HardwareModel } from './hardware-models.js'

/** How many devices of how many slices, by the slices of the GPU; as NVIDIA's tool has it. */
const mixes: Readonly<Record<number, readonly (readonly [slices: number, count: number])[]>> = {
  7: [
    [1, 2],
    [2, 1],
    [3, 1],
  ],
  4: [
    [1, 2],
    [2, 1],
  ],
}

/** A bit of everything, without attributes; null where the GPU has no such mix. */
export function balancedPartition(model: HardwareModel): Readonly<Record<string, number>> | null {
  const plain = model.geometry.profiles.filter(({ name }) => isPlain(name))
  const mix = mixes[Math.max(0, ...plain.map(({ sliceCount }) => sliceCount))]
  const chosen = mix?.map(([slices, count]) => ({
    profile: mostFrequent(
      plain.filter(({ sliceCount }) => sliceCount === slices),
      model,
    ),
    count,
  }))
  if (chosen === undefined) return null
  const partition = chosen.flatMap(({ profile, count }) =>
    profile === null ? [] : [{ profileId: profile.id, sliceCount: profile.sliceCount, count }],
  )
  if (partition.length < chosen.length || !fits(model.geometry, [], partition).fits) return null
  return Object.fromEntries(chosen.map(({ profile, count }) => [profile?.name, count]))
}

function isPlain(name: string): boolean {
  const parts = parseProfileName(name)
  return parts !== null && parts.added.length === 0 && parts.removed.length === 0
}

/** Of those with as many slices the one with the least memory, which is there most often. */
function mostFrequent(
  profiles: readonly GpuInstanceProfile[],
  { maxima }: HardwareModel,
): GpuInstanceProfile | null {
  const maximum = ({ name }: GpuInstanceProfile): number => maxima.get(name) ?? 0
  return profiles.toSorted((a, b) => maximum(b) - maximum(a))[0] ?? null
}
