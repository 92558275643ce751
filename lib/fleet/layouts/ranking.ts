import { numberAt } from '../../model/numbers.js'
import { requireResiduals } from '../../solver/tables/tables.js'
import type { LayoutTable } from './layout-table.js'

/** The score of a place for one more instance: a whole number, the smaller the better. */
export type PlaceScore = (layout: number, place: number, after: number) => number

/**
 * For each profile, all layouts that take it, the best first. Among equal scores, the fuller GPU comes
 * first, then the layout with the lower number. On a GPU with equal scores, the place that leaves the most
 * partitions possible is taken, then the first.
 */
export interface Ranking {
  /** At `position * layouts + layout`: the rank of the layout; -1: it has no place for the profile. */
  readonly rankOf: Int32Array
  /** At `position * layouts + rank`: the layout. */
  readonly layoutAt: Int32Array
  /** At `position * layouts + layout`: number of the place; -1: there is none. */
  readonly placeOf: Int32Array
  readonly scoreOf: Float64Array
  readonly score: PlaceScore
}

export function rankLayouts(table: LayoutTable, score: PlaceScore): Ranking {
  const { count, placeCount, next, states } = table
  const { profiles, places } = table.tables
  const legal = table.tables.states.successors()
  const profileOf = places.map(({ profilePosition }) => profilePosition)
  const placeOf = new Int32Array(profiles.length * count).fill(-1)
  const scoreOf = new Float64Array(profiles.length * count)
  const mostPartitions = new Int32Array(profiles.length * count).fill(-1)
  const counts = partitionsByLayout(table)
  const rankPlaces = (layout: number): void => {
    const first = (states[layout] ?? 0) * profiles.length
    const end = legal.starts[first + profiles.length] ?? 0
    for (let entry = legal.starts[first] ?? 0; entry < end; entry += 1) {
      const place = legal.places[entry] ?? 0
      const after = next[layout * placeCount + place] ?? 0
      const value = score(layout, place, after)
      const own = (profileOf[place] ?? 0) * count + layout
      if (placeOf[own] !== -1) {
        const best = scoreOf[own] ?? 0
        if (value > best) continue
        if (value === best && (counts[after] ?? 0) <= (mostPartitions[own] ?? 0)) continue
      }
      scoreOf[own] = value
      mostPartitions[own] = counts[after] ?? 0
      placeOf[own] = place
    }
  }
  for (let layout = 0; layout < count; layout += 1) rankPlaces(layout)
  const rankOf = new Int32Array(profiles.length * count).fill(-1)
  const layoutAt = new Int32Array(profiles.length * count)
  for (const { position } of profiles) {
    const base = position * count
    let rank = 0
    for (const layouts of bestFirst(table, placeOf, scoreOf, base)) {
      for (const layout of layouts) {
        rankOf[base + layout] = rank
        layoutAt[base + rank] = layout
        rank += 1
      }
    }
  }
  return { rankOf, layoutAt, placeOf, scoreOf, score }
}

/**
 * The layouts that take a profile, those with one score and as many free units together. Few scores are different, so
 * lists of them are quicker than a sort.
 */
function bestFirst(
  { count, freeUnits }: LayoutTable,
  placeOf: Int32Array,
  scoreOf: Float64Array,
  base: number,
): readonly (readonly number[])[] {
  const byScore = new Map<number, (number[] | undefined)[]>()
  for (let layout = 0; layout < count; layout += 1) {
    if (placeOf[base + layout] === -1) continue
    const score = scoreOf[base + layout] ?? 0
    let byUnits = byScore.get(score)
    if (byUnits === undefined) {
      byUnits = []
      byScore.set(score, byUnits)
    }
    const units = freeUnits[layout] ?? 0
    const layouts = byUnits[units]
    if (layouts === undefined) byUnits[units] = [layout]
    else layouts.push(layout)
  }
  return [...byScore]
    .sort(([a], [b]) => a - b)
    .flatMap(([, byUnits]) => byUnits.filter((layouts) => layouts !== undefined))
}

/** For GPUs that no search finds yet: no layout takes anything. */
export function unranked({ count, tables }: LayoutTable): Ranking {
  const size = tables.profiles.length * count
  return {
    rankOf: new Int32Array(size).fill(-1),
    layoutAt: new Int32Array(size),
    placeOf: new Int32Array(size).fill(-1),
    scoreOf: new Float64Array(size),
    score: () => 0,
  }
}

/** By layout: how many partitions a GPU can still take. */
export function partitionsByLayout({ tables, states }: LayoutTable): Int32Array {
  const { classes, classOf } = requireResiduals(tables)
  return states.map((state) => classes[numberAt(classOf, state)]?.partitions.length ?? 0)
}
