import type { Geometry } from '../../../types/model/geometry.js'
import type {
  OrderedPlacement,
  OrderFigures,
  OrderQuestion,
} from '../../../types/solver/device-order.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { MigError } from '../../errors.js'
import { checkOptions } from '../../model/checks/check-options.js'
import { describeFault, findFault } from '../../model/checks/find-fault.js'
import { listOf, objectOf, openObjectOf, text, wholeFrom } from '../../model/checks/kinds.js'
import { copyPlain } from '../../model/copy-plain.js'
import { formatPath } from '../../model/document-path.js'
import { deepFreeze } from '../../model/freeze.js'
import type { Tables } from '../tables/tables.js'
import { createFillGraph } from './fill-graph.js'
import { listFigures } from './order-figures.js'
import { createOrderLongRun } from './order-long-run.js'
import { questionRules, readQuestion } from './order-question.js'
import type { StartOrder } from './precedence.js'

const optionRule = objectOf(questionRules)

const placementsRule = listOf(
  openObjectOf({ profile: text, start: wholeFrom(0) }, 'profile', 'start'),
)

type Place = Pick<OrderedPlacement, 'profile' | 'start'>

/**
 * How much any order refuses, such as the one that a node publishes now. Throws as `deviceOrder` does, and
 * `MIG_SOLVER_INPUT` for a list that does not have each placement of the GPU once.
 */
export function judgeOrder(
  geometry: Geometry | GeometryTables,
  placements: readonly Place[],
  question: OrderQuestion = {},
): OrderFigures {
  const options = copyPlain(question)
  checkOptions('judgeOrder', options, optionRule)
  const read = readQuestion(geometry, options)
  const { tables, weights, load } = read
  const order = readOrder(tables, copyPlain(placements))
  const graph = createFillGraph(read)
  const longRun = createOrderLongRun(tables, weights, load)
  return deepFreeze(listFigures(read, graph, longRun, order))
}

function readOrder({ profiles }: Tables, list: readonly Place[]): StartOrder {
  const fault = findFault(list, placementsRule)
  if (fault !== null) {
    throw wrongOrder(`${formatPath(fault.path)} ${describeFault(fault)}`.trimStart())
  }
  const order: number[][] = profiles.map(() => [])
  for (const { profile: name, start } of list) {
    const profile = profiles.find((each) => each.profile.name === name)
    const place = profile?.placements.findIndex(({ placement }) => placement.start === start) ?? -1
    const places = profile && order[profile.position]
    if (places === undefined || place < 0 || places.includes(place)) {
      throw wrongOrder(`${name} at ${start} is no placement of this GPU, or is there twice`)
    }
    places.push(place)
  }
  for (const { position, profile, placements } of profiles) {
    const missing = placements.find((_, place) => !order[position]?.includes(place))
    if (missing === undefined) continue
    throw wrongOrder(`${profile.name} at ${missing.placement.start} is missing`)
  }
  return order
}

function wrongOrder(what: string): MigError {
  return new MigError('MIG_SOLVER_INPUT', `An order has each placement of the GPU once: ${what}.`)
}
