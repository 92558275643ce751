import type { Geometry } from '../../../types/model/geometry.js'
import type { DeviceOrderOptions, OrderQuestion } from '../../../types/solver/device-order.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import { list, wholeFrom } from '../../model/checks/kinds.js'
import { countPlaces } from '../placing/no-room.js'
import { readWeights } from '../placing/read-weights.js'
import {
  type CompiledPlacement,
  compileGeometry,
  requireResiduals,
  stateOf,
} from '../tables/tables.js'
import type { FillQuestion } from './fill-graph.js'

/** An order's question, in the solver's numbers. */
export interface ReadQuestion extends FillQuestion {
  readonly load: number
}

const loads: Rule = {
  allowed: 'a number from 0.01 to 100',
  accepts: (value) => typeof value === 'number' && value >= 0.01 && value <= 100,
}

export const questionRules: RulesOf<OrderQuestion> = {
  demand: list,
  layout: list,
  requests: wholeFrom(1),
  load: loads,
}

/**
 * Throws `MIG_SOLVER_INPUT` for a layout that the GPU cannot be in, and a wrong demand. The options have been checked
 * against the rules.
 */
export function readQuestion(
  gpu: Geometry | GeometryTables,
  { demand = [], layout = [], requests = Number.MAX_SAFE_INTEGER, load = 0.9 }: DeviceOrderOptions,
): ReadQuestion {
  const tables = compileGeometry(gpu)
  const places: CompiledPlacement[] = []
  const state = stateOf(tables, layout, places)
  const counts = countPlaces(tables, places)
  return {
    tables,
    start: { state, partition: requireResiduals(tables).partitions.find(counts) },
    weights: readWeights(tables, demand) ?? tables.profiles.map(() => 1),
    most: requests,
    load,
  }
}
