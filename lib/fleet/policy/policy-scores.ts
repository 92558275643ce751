import { numberAt } from '../../model/numbers.js'
import { requireResiduals } from '../../solver/tables/tables.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import { type PlaceScore, partitionsByLayout } from '../layouts/ranking.js'

// Scores are whole numbers, so that equal scores are equal on every machine.

/** The free memory units that are left. */
export function bestFitScore({ freeUnits }: LayoutTable): PlaceScore {
  return (_layout, _place, after) => numberAt(freeUnits, after)
}

/** The partitions that are no longer possible, in millionths of those of the empty GPU. */
export function residualScore(table: LayoutTable): PlaceScore {
  const partitions = partitionsByLayout(table)
  const all = numberAt(partitions, 0)
  return (layout, _place, after) =>
    Math.round(((numberAt(partitions, layout) - numberAt(partitions, after)) * 1e6) / all)
}

/** `mix`: the share of each profile in the demand, in whole numbers by position. */
export function fgdScore(table: LayoutTable, mix: readonly number[]): PlaceScore {
  return potentialScore(unusableMemory(table, mix))
}

/** The loss of worth. `weights`: the worth of a GPU in each layout. */
export function worthScore(weights: ArrayLike<number>): PlaceScore {
  return (layout, _place, after) => (weights[layout] ?? 0) - (weights[after] ?? 0)
}

function potentialScore(potential: Float64Array): PlaceScore {
  return (layout, _place, after) => numberAt(potential, after) - numberAt(potential, layout)
}

/** By layout: its free memory units times the share of the demand that cannot use them. */
export function unusableMemory(table: LayoutTable, mix: readonly number[]): Float64Array {
  const { tables, states, freeUnits } = table
  const positions = tables.profiles.map(({ position }) => position)
  const { additional, classOf } = requireResiduals(tables)
  const potential = new Float64Array(table.count)
  for (let layout = 0; layout < table.count; layout += 1) {
    const base = numberAt(classOf, numberAt(states, layout)) * positions.length
    let missed = 0
    for (const position of positions) {
      if (additional[base + position] === 0) missed += mix[position] ?? 0
    }
    potential[layout] = missed * numberAt(freeUnits, layout)
  }
  return potential
}
