import type { GpuInstanceProfile } from '../../types/model/geometry.js'
import { allFillings } from './brute-force.js'

// Compute instances in GPU instances of one profile, by trying everything.

/** The sizes of compute instance in one profile, the largest first. */
export function sizesOf({ computeInstanceProfiles }: GpuInstanceProfile): readonly number[] {
  const sizes = (computeInstanceProfiles ?? []).map(({ sliceCount }) => sliceCount)
  return [...new Set(sizes)].sort((a, b) => b - a)
}

/** How many of each size. */
export function countSizes(
  profile: GpuInstanceProfile,
  inside: readonly { readonly sliceCount: number }[],
): readonly number[] {
  return sizesOf(profile).map(
    (size) => inside.filter(({ sliceCount }) => sliceCount === size).length,
  )
}

/**
 * What so many GPU instances can hold when none of them is bare: for each multiset of compute instances
 * the fewest that hold it.
 */
export function fewestInstances(
  profile: GpuInstanceProfile,
  most: number,
): ReadonlyMap<string, number> {
  const one = new Map(
    allFillings(profile).map((filling) => {
      const counts = countSizes(profile, filling)
      return [counts.join(), counts]
    }),
  )
  const fewest = new Map<string, number>()
  let reached: ReadonlyMap<string, readonly number[]> = new Map([
    ['', sizesOf(profile).map(() => 0)],
  ])
  for (let instances = 0; instances <= most; instances += 1) {
    const next = new Map<string, readonly number[]>()
    for (const counts of reached.values()) {
      if (!fewest.has(counts.join())) fewest.set(counts.join(), instances)
      for (const more of one.values()) {
        const sum = counts.map((count, size) => count + (more[size] ?? 0))
        next.set(sum.join(), sum)
      }
    }
    reached = next
  }
  return fewest
}
