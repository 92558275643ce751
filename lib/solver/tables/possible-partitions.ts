import type { Geometry } from '../../../types/model/geometry.js'
import type { Partition } from '../../../types/solver/layout.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { cached } from '../../model/cached.js'
import { deepFreeze } from '../../model/freeze.js'
import { at } from '../../model/numbers.js'
import type { Tables } from './table-types.js'
import { compileGeometry, requireResiduals } from './tables.js'

interface Possible {
  readonly all: readonly Partition[]
  readonly undominated: readonly Partition[]
}

const known = new WeakMap<Tables, Possible>()

/**
 * The partitions of full compute instances that the empty GPU can take: those that are not part of
 * another, or with `dominated` all, the empty one first. They are in ascending order of their counts,
 * first by the first profile. Throws `MIG_SOLVER_LIMIT` if there are too many to list.
 */
export function possiblePartitions(
  gpu: Geometry | GeometryTables,
  { dominated = false }: { readonly dominated?: boolean } = {},
): readonly Partition[] {
  const tables = compileGeometry(gpu)
  const possible = cached(known, tables, listPossible)
  return dominated ? possible.all : possible.undominated
}

function listPossible(tables: Tables): Possible {
  const { partitions, classes } = requireResiduals(tables)
  const all = partitions.counts.map((counts) =>
    tables.profiles.flatMap(({ profile, position }) => {
      const count = at(counts, position)
      return count === 0 ? [] : [{ profileId: profile.id, sliceCount: profile.sliceCount, count }]
    }),
  )
  const undominated = at(classes, 0).undominated.map((number) => at(all, number))
  return deepFreeze({ all, undominated })
}
