import { cached } from '../../model/cached.js'
import type { Tables } from '../../solver/tables/tables.js'
import { emptyClass, requireResiduals } from '../../solver/tables/tables.js'

/** How many instances of each profile, by position. The position after the last profile is the whole GPU. */
export type Pattern = readonly number[]

const known = new WeakMap<Tables, Map<string, readonly Pattern[]>>()

/**
 * The largest patterns of the profiles at `positions` that a GPU of a residual class can take. Whatever
 * fits is a part of one of them.
 */
export function listPatterns(
  tables: Tables,
  classNumber: number,
  positions: readonly number[],
): readonly Pattern[] {
  const ofTables = cached(known, tables, () => new Map<string, readonly Pattern[]>())
  return cached(ofTables, `${classNumber}:${positions.join()}`, () =>
    findLargest(tables, classNumber, positions),
  )
}

function findLargest(
  tables: Tables,
  classNumber: number,
  positions: readonly number[],
): readonly Pattern[] {
  const residuals = requireResiduals(tables)
  const { partitions, holds } = residuals
  const able =
    classNumber === emptyClass
      ? partitions.counts.keys()
      : (residuals.classes[classNumber]?.partitions ?? [])
  const asked = new Set(positions)
  const length = tables.profiles.length
  const largest: Pattern[] = []
  for (const number of able) {
    const counts = partitions.counts[number] ?? []
    if (number === 0 || counts.some((count, position) => count > 0 && !asked.has(position)))
      continue
    const grows = positions.some((position) => {
      const more = partitions.withOneMore[number * length + position] ?? -1
      return more >= 0 && holds(classNumber, more)
    })
    if (!grows) largest.push([...counts, 0])
  }
  return largest
}
