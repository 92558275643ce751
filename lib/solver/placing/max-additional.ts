import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { wordAt } from '../../model/numbers.js'
import { compileGeometry, profileWith, stateOf } from '../tables/tables.js'
import { canAdd } from './can-add.js'

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
  const { position, maximum } = profileWith(tables, profileId)
  const { residuals, profiles } = tables
  if (residuals !== null) {
    return wordAt(
      residuals.additional,
      wordAt(residuals.classOf, state) * profiles.length + position,
    )
  }
  let most = 0
  const counts = profiles.map(() => 0)
  while (most < maximum && canAdd(tables, state, counts.with(position, most + 1))) most += 1
  return most
}
