import type { Geometry } from '../../types/model/geometry.js'
import type { Partition } from '../../types/solver/layout.js'

/** No GPU that is known: instances of many sizes at any start. `single`: by position, a profile of one instance at most. */
export function inventGpu(
  units: number,
  sizes: readonly number[],
  { single }: { readonly single?: number } = {},
): Geometry {
  return {
    profiles: sizes.map((size, index) => ({
      id: 70 + index,
      index,
      name: `${size}g.${index}gb`,
      sliceCount: size,
      instanceCount: index === single ? 1 : Math.floor(units / size),
      multiprocessorCount: size,
      engines: { copy: 0, decoder: 0, encoder: 0, jpeg: 0, ofa: 0 },
      memoryMiB: size * 1024,
      placements: Array.from({ length: units - size + 1 }, (_, start) => ({ start, size })),
      computeInstanceProfiles: null,
    })),
  }
}

/** Devices that fill their GPU instances, by profile position. */
export function wantOf(geometry: Geometry, counts: readonly number[]): Partition {
  return counts.flatMap((count, index) => {
    const profile = geometry.profiles[index]
    if (profile === undefined || count === 0) return []
    return [{ profileId: profile.id, sliceCount: profile.sliceCount, count }]
  })
}
