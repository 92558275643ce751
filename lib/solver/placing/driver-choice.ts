import type {
  CompiledGeometry,
  CompiledPlacement,
  CompiledProfile,
} from '../tables/compile-geometry.js'

/** NVML header 13.3: `NVML_GPU_INSTANCE_PROFILE_1_SLICE`, `…_2_SLICE` and `…_1_SLICE_REV2`. */
const oneSlice = 0
const twoSlices = 1
const oneSliceDoubleMemory = 9

/**
 * Where the driver puts an instance whose creator names no place: at the free place that takes the
 * fewest still possible (profile, place) pairs away, the lowest of those. Null: it refuses. For
 * compute instances this is the rule of open-gpu-kernel-modules, kmigmgrGetFreeCTSId; GPU instances
 * are placed by closed firmware, of which the same rule gives the published sequences.
 */
export function chooseAsDriver(
  tables: CompiledGeometry,
  state: number,
  profile: CompiledProfile,
): CompiledPlacement | null {
  const next = tables.states.nextOf(state)
  const occupied = tables.states.masks[state] ?? 0
  const avoided = avoidedPlaces(tables, profile)
  let best: CompiledPlacement | null = null
  let lowest = Number.POSITIVE_INFINITY
  for (const place of profile.placements) {
    if ((next[place.number] ?? -1) < 0) continue
    const cost =
      countTaken(tables, occupied, place) + (avoided.has(place) ? tables.places.length : 0)
    if (cost < lowest) {
      best = place
      lowest = cost
    }
  }
  return best
}

function countTaken(
  { places }: CompiledGeometry,
  occupied: number,
  { mask }: CompiledPlacement,
): number {
  let taken = 0
  for (const other of places) {
    if ((other.mask & occupied) === 0 && (other.mask & mask) !== 0) taken += 1
  }
  return taken
}

const nothing: ReadonlySet<CompiledPlacement> = new Set()

/**
 * From Hopper on, a 1-slice instance with double memory is placed as a 2-slice one while there is room
 * for that (published instance ids of H100 and GH200: 5, 3, 4).
 */
function avoidedPlaces(
  { profiles }: CompiledGeometry,
  profile: CompiledProfile,
): ReadonlySet<CompiledPlacement> {
  if (profile.profile.index !== oneSliceDoubleMemory || !isHopperOrLater(profiles)) return nothing
  const two = profiles.find((other) => other.profile.index === twoSlices)
  if (two === undefined) return nothing
  return new Set(
    profile.placements.filter(({ mask }) => !two.placements.some((place) => place.mask === mask)),
  )
}

/** MIG User Guide: each slice of a Hopper GPU has a JPEG engine, the slices of an Ampere GPU share one. */
function isHopperOrLater(profiles: readonly CompiledProfile[]): boolean {
  return profiles.some(({ profile }) => profile.index === oneSlice && profile.engines.jpeg > 0)
}
