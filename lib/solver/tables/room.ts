import { cached } from '../../model/cached.js'
import { at, wordAt } from '../../model/numbers.js'
import { engineKinds } from './limits.js'
import type { CompiledPlacement, Tables } from './table-types.js'

const rooms = new WeakMap<Tables, Map<string, Map<number, number>>>()

/**
 * Room of a layout: how many different partitions of GPU instances can still be added without moves, the
 * empty one included. `counts` are the instances there, by profile position.
 */
export function countRoom(tables: Tables, counts: readonly number[], occupied: number): number {
  return roomCounter(tables, counts)(occupied)
}

/** Room by occupied units. */
export function roomCounter(
  tables: Tables,
  counts: readonly number[],
): (occupied: number) => number {
  const known = knownRooms(tables, counts)
  const countFor = (occupied: number): number =>
    tables.maskCount > mostMasksCounted
      ? countByState(tables, counts, occupied)
      : countPartitions(tables, counts, occupied)
  return (occupied) => cached(known, occupied, countFor)
}

/** Above this, counting the partitions of a single state can take minutes. */
const mostMasksCounted = 2 ** 10

/**
 * If the GPU is too large for tables, the places for one more instance stand for the partitions.
 */
function countByState(
  { states, residuals, places, limits }: Tables,
  counts: readonly number[],
  occupied: number,
): number {
  if (residuals === null) {
    const left = limits.map(({ amounts, available }) =>
      amounts.reduce((rest, amount, position) => rest - amount * at(counts, position), available),
    )
    return places.filter(
      ({ mask, profilePosition }) =>
        (mask & occupied) === 0 &&
        limits.every(({ amounts }, index) => at(amounts, profilePosition) <= at(left, index)),
    ).length
  }
  const state = states.find(occupied, counts)
  return at(residuals.classes, wordAt(residuals.classOf, state)).partitions.length
}

function knownRooms(tables: Tables, counts: readonly number[]): Map<number, number> {
  const byCounts = cached(rooms, tables, () => new Map())
  return cached(byCounts, counts.join(), () => new Map())
}

/**
 * Counts multisets, not layouts. For the instances chosen so far, it carries every set of units that
 * they can occupy, and counts the multiset once if there is any.
 */
function countPartitions(tables: Tables, counts: readonly number[], occupied: number): number {
  let slices = tables.computeSlices
  const engines = { ...tables.engines }
  for (const { position, profile } of tables.profiles) {
    const count = at(counts, position)
    slices -= count * profile.sliceCount
    for (const kind of engineKinds) engines[kind] -= count * profile.engines[kind]
  }
  const extend = extender(tables)

  const countFrom = (depth: number, taken: readonly number[], slicesLeft: number): number => {
    const entry = tables.searchOrder[depth]
    if (entry === undefined) return 1
    const { profile, position } = entry
    let total = countFrom(depth + 1, taken, slicesLeft)
    let added = 0
    let masks = taken
    for (let count = at(counts, position); count < entry.maximum; count += 1) {
      if (slicesLeft < (added + 1) * profile.sliceCount) break
      if (engineKinds.some((kind) => engines[kind] < profile.engines[kind])) break
      masks = extend(masks, entry.placements)
      if (masks.length === 0) break
      added += 1
      for (const kind of engineKinds) engines[kind] -= profile.engines[kind]
      total += countFrom(depth + 1, masks, slicesLeft - added * profile.sliceCount)
    }
    for (const kind of engineKinds) engines[kind] += added * profile.engines[kind]
    return total
  }
  return countFrom(0, [occupied], slices)
}

type Extend = (
  masks: readonly number[],
  placements: readonly CompiledPlacement[],
) => readonly number[]

const extenders = new WeakMap<Tables, Extend>()

/** Adds one instance to each set of units in every way, without duplicates. */
function extender(tables: Tables): Extend {
  return cached(extenders, tables, ({ maskCount }) =>
    maskCount <= 2 ** 16 ? tableExtender(maskCount) : extendBySet,
  )
}

/** A table of all masks finds duplicates many times faster than a `Set`. */
function tableExtender(maskCount: number): Extend {
  const seenIn = new Uint32Array(maskCount)
  let round = 0
  return (masks, placements) => {
    round += 1
    const extended: number[] = []
    for (const mask of masks) {
      for (const place of placements) {
        if ((mask & place.mask) !== 0) continue
        const next = mask | place.mask
        if (seenIn[next] === round) continue
        seenIn[next] = round
        extended.push(next)
      }
    }
    return extended
  }
}

const extendBySet: Extend = (masks, placements) => {
  const extended = new Set<number>()
  for (const mask of masks) {
    for (const place of placements) {
      if ((mask & place.mask) === 0) extended.add(mask | place.mask)
    }
  }
  return [...extended]
}
