import type { Geometry } from '../../../types/model/geometry.js'
import type {
  DeviceOrder,
  DeviceOrderOptions,
  OrderedPlacement,
} from '../../../types/solver/device-order.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { cached } from '../../model/cached.js'
import { checkOptions } from '../../model/checks/check-options.js'
import { flag, objectOf, oneOf } from '../../model/checks/kinds.js'
import { copyPlain } from '../../model/copy-plain.js'
import { deepFreeze } from '../../model/freeze.js'
import { at, sum, wordAt } from '../../model/numbers.js'
import type { CompiledProfile, Tables } from '../tables/tables.js'
import { bestAtOnce } from './best-at-once.js'
import { createFillGraph } from './fill-graph.js'
import { improveOrder } from './improve-order.js'
import { hamiOrder, lowestStart } from './known-orders.js'
import { listFigures } from './order-figures.js'
import { createOrderLongRun } from './order-long-run.js'
import { questionRules, type ReadQuestion, readQuestion } from './order-question.js'
import {
  nothingKnown,
  orderPlaces,
  type Precedence,
  precedenceOf,
  type StartOrder,
} from './precedence.js'
import { type FoundOrder, searchOrder } from './search-order.js'
import { countServed, createServed, rounding } from './served.js'

const optionRule = objectOf({
  ...questionRules,
  minimise: oneOf('fills', 'long-run'),
  republished: flag,
})

const known = new WeakMap<Tables, Map<string, DeviceOrder>>()
const mostKept = 64

/**
 * The order of placements in which a scheduler that takes the first one that fits refuses least. Computed once for each
 * question. Throws a `TypeError` for wrong options, `MIG_GEOMETRY_UNKNOWN` for a geometry that no driver reports,
 * `MIG_SOLVER_INPUT` for a layout that the GPU cannot be in and a wrong demand, and `MIG_SOLVER_LIMIT` for a GPU too
 * large to search.
 */
export function deviceOrder(
  geometry: Geometry | GeometryTables,
  given: DeviceOrderOptions = {},
): DeviceOrder {
  const options = copyPlain(given)
  checkOptions('deviceOrder', options, optionRule)
  const { minimise = 'fills', republished = false } = options
  if (minimise === 'long-run' && republished) {
    throw new TypeError("deviceOrder: an order of 'long-run' is not republished")
  }
  const question = readQuestion(geometry, options)
  const { tables, start, weights, most, load } = question
  const { state, partition } = start
  const key = [state, partition, weights, most, load, minimise, republished].join(':')
  const answers = cached(known, tables, () => new Map())
  return cached(answers, key, () => {
    const [oldest] = answers.keys()
    if (answers.size >= mostKept && oldest !== undefined) answers.delete(oldest)
    return deepFreeze(findOrder(question, minimise, republished))
  })
}

function findOrder(
  question: ReadQuestion,
  minimise: 'fills' | 'long-run',
  republished: boolean,
): DeviceOrder {
  const { tables, weights, load } = question
  const graph = createFillGraph(question)
  const longRun = createOrderLongRun(tables, weights, load)
  const into = createServed(graph)
  /** Among equally good orders with this precedence, one that refuses little in the long run. */
  const settle = ({ order, served }: FoundOrder, given: Precedence): StartOrder => {
    if (longRun === null) return order
    const isAllowed = (tried: StartOrder): boolean => {
      if (minimise === 'long-run') return true
      const before = precedenceOf(graph, tried)
      const keeps = given.every((places, number) => (places & ~wordAt(before, number)) === 0)
      return keeps && countServed(graph, before, into) >= served - rounding
    }
    return improveOrder(order, isAllowed, longRun.roughShareOf)
  }

  const nothing = nothingKnown(graph)
  let found = searchOrder(tables, graph, nothing, [lowestStart(tables), hamiOrder(tables)])
  let order = settle(found, nothing)
  if (republished) {
    const given = bestAtOnce(graph, order)
    found = searchOrder(tables, graph, given, [sortKnown(tables, given)])
    order = settle(found, given)
  }
  return {
    placements: listPlacements(tables, order),
    proven: minimise === 'fills' && found.proven,
    ...listFigures(question, graph, longRun, order),
  }
}

function sortKnown({ profiles }: Tables, given: Precedence): StartOrder {
  return profiles.map((profile) => orderPlaces(profile, given) ?? [])
}

/** The smallest profiles first, so that a request which several profiles serve gets the smallest. */
function listPlacements({ profiles }: Tables, order: StartOrder): readonly OrderedPlacement[] {
  return profiles
    .toSorted(
      (a, b) =>
        a.unitCount - b.unitCount ||
        a.profile.sliceCount - b.profile.sliceCount ||
        countEngines(a) - countEngines(b) ||
        a.position - b.position,
    )
    .flatMap(({ position, profile, placements }) =>
      at(order, position).map((place) => ({
        profile: profile.name,
        profileId: profile.id,
        start: at(placements, place).placement.start,
      })),
    )
}

function countEngines({ profile }: CompiledProfile): number {
  return sum(Object.values(profile.engines))
}
