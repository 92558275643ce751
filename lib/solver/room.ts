import { type CompiledGeometry, engineKinds } from './compile-geometry.js'

const rooms = new WeakMap<CompiledGeometry, Map<string, Map<number, number>>>()

/**
 * Room on a GPU: how many different partitions of GPU instances can still be added without moving
 * anything, the empty one included. `counts` are the instances there, by profile position.
 */
export function roomCounter(
  geometry: CompiledGeometry,
  counts: readonly number[],
): (occupied: number) => number {
  let byCounts = rooms.get(geometry)
  if (byCounts === undefined) {
    byCounts = new Map()
    rooms.set(geometry, byCounts)
  }
  const key = counts.join()
  let known = byCounts.get(key)
  if (known === undefined) {
    known = new Map()
    byCounts.set(key, known)
  }
  const byMask = known
  return (occupied) => {
    let room = byMask.get(occupied)
    if (room === undefined) {
      room = countPartitions(geometry, counts, occupied)
      byMask.set(occupied, room)
    }
    return room
  }
}

/**
 * Counts multisets, not layouts: it carries, for the instances chosen so far, every set of units
 * that they can take, and counts the multiset once if any is left.
 */
function countPartitions(
  geometry: CompiledGeometry,
  counts: readonly number[],
  occupied: number,
): number {
  let slices = geometry.computeSlices
  const engines = { ...geometry.engines }
  for (const { position, profile } of geometry.profiles) {
    const count = counts[position] ?? 0
    slices -= count * profile.sliceCount
    for (const kind of engineKinds) engines[kind] -= count * profile.engines[kind]
  }

  const countFrom = (depth: number, taken: readonly number[], slicesLeft: number): number => {
    const entry = geometry.searchOrder[depth]
    if (entry === undefined) return 1
    const { profile, placements, position } = entry
    let total = countFrom(depth + 1, taken, slicesLeft)
    let added = 0
    let masks = taken
    for (let count = counts[position] ?? 0; count < entry.maximum; count += 1) {
      if (slicesLeft < (added + 1) * profile.sliceCount) break
      if (engineKinds.some((kind) => engines[kind] < profile.engines[kind])) break
      const next = new Set<number>()
      for (const mask of masks) {
        for (const place of placements) {
          if ((mask & place.mask) === 0) next.add(mask | place.mask)
        }
      }
      if (next.size === 0) break
      masks = [...next]
      added += 1
      for (const kind of engineKinds) engines[kind] -= profile.engines[kind]
      total += countFrom(depth + 1, masks, slicesLeft - added * profile.sliceCount)
    }
    for (const kind of engineKinds) engines[kind] += added * profile.engines[kind]
    return total
  }
  return countFrom(0, [occupied], slices)
}
