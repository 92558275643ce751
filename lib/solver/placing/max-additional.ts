import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { wordAt } from '../../model/numbers.js'
import {
  type CompiledPlacement,
  compileGeometry,
  profileWith,
  stateOf,
  type Tables,
} from '../tables/tables.js'

/**
 * How many GPU instances of one profile can be added to a layout, without moves. If it is 0, `fits` says
 * why. Throws like `fits`.
 */
export function maxAdditional(
  gpu: Geometry | GeometryTables,
  layout: Layout,
  profileId: number,
): number {
  const tables = compileGeometry(gpu)
  const state = stateOf(tables, layout)
  const { position } = profileWith(tables, profileId)
  const { residuals, profiles } = tables
  if (residuals !== null) {
    return wordAt(
      residuals.additional,
      wordAt(residuals.classOf, state) * profiles.length + position,
    )
  }
  return countFrom(tables, state, profileId)
}

/**
 * The same without the table of all states, for a program that asks once, such as a command: on a large GPU, that table
 * takes longer to make than everything else that the program does.
 */
export function countAdditional(
  gpu: Geometry | GeometryTables,
  layout: Layout,
  profileId: number,
): number {
  const tables = compileGeometry(gpu)
  return countFrom(tables, stateOf(tables, layout), profileId)
}

/**
 * Takes the place that ends first, again and again. Nothing is better: instances of one profile use equally much of
 * every limit, and a set of intervals with the most disjoint ones has one that begins so.
 */
function countFrom(tables: Tables, state: number, profileId: number): number {
  const { placements } = profileWith(tables, profileId)
  const endOf = ({ placement: { start, size } }: CompiledPlacement): number => start + size
  let count = 0
  let at = state
  for (const { number } of placements.toSorted((a, b) => endOf(a) - endOf(b))) {
    const next = wordAt(tables.states.nextOf(at), number)
    if (next < 0) continue
    at = next
    count += 1
  }
  return count
}
