import type { CompiledGeometry } from './compile-geometry.js'
import { findPlaces, placeFirst } from './find-places.js'

/** Whether these instances, by profile position, can be added to a GPU in this state. */
export function canAdd(
  tables: CompiledGeometry,
  state: number,
  counts: readonly number[],
): boolean {
  const { residuals } = tables
  if (residuals === null) return findPlaces(tables, placeFirst, state, counts) !== null
  const partition = residuals.partitions.find(counts)
  return partition >= 0 && residuals.holds(residuals.classOf[state] ?? 0, partition)
}
