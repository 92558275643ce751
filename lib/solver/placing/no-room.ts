import type { NoRoomReason } from '../../../types/solver/placing.js'
import { engineKinds } from '../tables/limits.js'
import type { CompiledPlacement, Tables } from '../tables/tables.js'

/**
 * Why instances (by profile position) cannot be added to those there: the first limit that they exceed,
 * amounts before positions. The caller knows that they cannot.
 */
export function explainNoRoom(
  tables: Tables,
  there: readonly number[],
  wanted: readonly number[],
  fitsEmptyGpu: boolean,
): NoRoomReason {
  let slices = 0
  let slicesLeft = tables.computeSlices
  let units = 0
  let unitsLeft = tables.memoryUnits
  for (const { position, profile, maximum, unitCount } of tables.profiles) {
    const count = wanted[position] ?? 0
    const held = there[position] ?? 0
    if (count > maximum - held) {
      const available = Math.max(0, maximum - held)
      return { kind: 'profile-maximum', profileId: profile.id, wanted: count, available }
    }
    slices += count * profile.sliceCount
    slicesLeft -= held * profile.sliceCount
    units += count * unitCount
    unitsLeft -= held * unitCount
  }
  if (slices > slicesLeft) return { kind: 'compute-slices', wanted: slices, available: slicesLeft }
  if (units > unitsLeft) return { kind: 'memory-units', wanted: units, available: unitsLeft }
  for (const engine of engineKinds) {
    let amount = 0
    let available = tables.engines[engine]
    for (const { position, profile } of tables.profiles) {
      amount += (wanted[position] ?? 0) * profile.engines[engine]
      available -= (there[position] ?? 0) * profile.engines[engine]
    }
    if (amount > available) return { kind: 'engines', engine, wanted: amount, available }
  }
  return { kind: 'blocked', fitsEmptyGpu }
}

/** GPU instances at these places, by profile position. */
export function countPlaces(
  { profiles }: Tables,
  places: readonly CompiledPlacement[],
): readonly number[] {
  const counts = new Array<number>(profiles.length).fill(0)
  for (const { profilePosition } of places) {
    counts[profilePosition] = (counts[profilePosition] ?? 0) + 1
  }
  return counts
}
