import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout, Partition } from '../../../types/solver/layout.js'
import type { FitsResult } from '../../../types/solver/placing.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { groupDevices } from '../compute/group-devices.js'
import { type CompiledPlacement, compileGeometry, stateOf } from '../tables/tables.js'
import { canAdd } from './can-add.js'
import { countPlaces, explainNoRoom } from './no-room.js'

const yes: FitsResult = Object.freeze({ fits: true })

/**
 * Whether devices can be added to a layout as new GPU instances, without moves. Throws
 * `MIG_SOLVER_INPUT` for a layout that this GPU cannot be in, a size that it does not have, and a count
 * that is not a whole number from 0; `MIG_GEOMETRY_UNKNOWN` for a geometry that no driver reports.
 */
export function fits(
  gpu: Geometry | GeometryTables,
  layout: Layout,
  partition: Partition,
): FitsResult {
  const tables = compileGeometry(gpu)
  const there: CompiledPlacement[] = []
  const state = stateOf(tables, layout, there)
  const { counts } = groupDevices(tables, partition)
  if (canAdd(tables, state, counts)) return yes
  const held = countPlaces(tables, there)
  return { fits: false, reason: explainNoRoom(tables, held, counts, canAdd(tables, 0, counts)) }
}
