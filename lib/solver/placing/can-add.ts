import { at, countBits, wordAt } from '../../model/numbers.js'
import type { Tables } from '../tables/tables.js'
import { findPlaces, placeFirst } from './find-places.js'

/** Whether these instances, by profile position, can be added to a GPU in this state. */
export function canAdd(tables: Tables, state: number, counts: readonly number[]): boolean {
  const { residuals } = tables
  if (residuals === null) {
    return (
      !needsMoreUnits(tables, state, counts) &&
      findPlaces(tables, placeFirst, state, counts) !== null
    )
  }
  const partition = residuals.partitions.find(counts)
  return partition >= 0 && residuals.holds(wordAt(residuals.classOf, state), partition)
}

/** Says no without a search where the free units are too few, wherever the instances sit. */
function needsMoreUnits(
  { profiles, states, maskCount }: Tables,
  state: number,
  counts: readonly number[],
): boolean {
  let bits = countBits(at(states.masks, state))
  for (const { position, placements } of profiles) {
    const count = at(counts, position)
    if (count > 0) bits += count * Math.min(...placements.map(({ mask }) => countBits(mask)))
  }
  return bits > Math.log2(maskCount)
}
