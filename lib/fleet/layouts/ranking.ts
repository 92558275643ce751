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
  const { count, placeCount, next, freeUnits } = table
  const { profiles } = table.tables
  const rankOf = new Int32Array(profiles.length * count).fill(-1)
  const layoutAt = new Int32Array(profiles.length * count)
  const placeOf = new Int32Array(profiles.length * count).fill(-1)
  const scoreOf = new Float64Array(profiles.length * count)
  const counts = partitionsByLayout(table)
  for (const { position, placements } of profiles) {
    const base = position * count
    const able: number[] = []
    for (let layout = 0; layout < count; layout += 1) {
      let best = Number.POSITIVE_INFINITY
      let mostPartitions = -1
      for (const { number } of placements) {
        const after = numberAt(next, layout * placeCount + number)
        if (after < 0) continue
        const value = score(layout, number, after)
        const partitions = numberAt(counts, after)
        if (value < best || (value === best && partitions > mostPartitions)) {
          best = value
          mostPartitions = partitions
          placeOf[base + layout] = number
        }
      }
      if (mostPartitions < 0) continue
      scoreOf[base + layout] = best
      able.push(layout)
    }
    able.sort(
      (a, b) =>
        numberAt(scoreOf, base + a) - numberAt(scoreOf, base + b) ||
        numberAt(freeUnits, a) - numberAt(freeUnits, b) ||
        a - b,
    )
    for (const [rank, layout] of able.entries()) {
      rankOf[base + layout] = rank
      layoutAt[base + rank] = layout
    }
  }
  return { rankOf, layoutAt, placeOf, scoreOf, score }
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
