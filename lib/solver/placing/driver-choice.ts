import { at, wordAt } from '../../model/numbers.js'
import type { CompiledPlacement, CompiledProfile, Tables } from '../tables/tables.js'

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
  tables: Tables,
  state: number,
  profile: CompiledProfile,
): CompiledPlacement | null {
  const next = tables.states.nextOf(state)
  const occupied = at(tables.states.masks, state)
  const avoided = avoidedPlaces(tables, profile)
  let best: CompiledPlacement | null = null
  let lowest = Number.POSITIVE_INFINITY
  for (const place of profile.placements) {
    if (wordAt(next, place.number) < 0) continue
    const cost =
      countTaken(tables, occupied, place) + (avoided.has(place) ? tables.places.length : 0)
    if (cost < lowest) {
      best = place
      lowest = cost
    }
  }
  return best
}

function countTaken({ places }: Tables, occupied: number, { mask }: CompiledPlacement): number {
  let taken = 0
  for (const other of places) {
    if ((other.mask & occupied) === 0 && (other.mask & mask) !== 0) taken += 1
  }
  return taken
}

const nothing: ReadonlySet<CompiledPlacement> = new Set()

/**
 * A 1-slice instance with double memory is placed as a 2-slice one while there is room for that, if it
 * has more multiprocessors than one without (captured ids on H100 SXM, 26 and 16, and on GH200: 5, 3, 4).
 * On the H100 PCIe both have 14, and it goes to start 6 (kubernetes-sigs/dra-driver-nvidia-gpu#1018);
 * that the multiprocessors decide is inferred.
 */
function avoidedPlaces(
  { profiles }: Tables,
  profile: CompiledProfile,
): ReadonlySet<CompiledPlacement> {
  if (profile.profile.index !== oneSliceDoubleMemory || !exceedsOneSlice(profiles, profile))
    return nothing
  const two = profiles.find((other) => other.profile.index === twoSlices)
  if (two === undefined) return nothing
  return new Set(
    profile.placements.filter(({ mask }) => !two.placements.some((place) => place.mask === mask)),
  )
}

function exceedsOneSlice(
  profiles: readonly CompiledProfile[],
  { profile: { multiprocessorCount } }: CompiledProfile,
): boolean {
  const one = profiles.find(({ profile }) => profile.index === oneSlice)
  return one !== undefined && multiprocessorCount > one.profile.multiprocessorCount
}
