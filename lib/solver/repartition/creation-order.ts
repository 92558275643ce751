import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout, PlacedGpuInstance } from '../../../types/solver/layout.js'
import type {
  CreationOrder,
  CreationState,
  NoCreationOrder,
} from '../../../types/solver/repartition.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { MigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { copyPlain } from '../../model/copy-plain.js'
import { deepFreeze } from '../../model/freeze.js'
import { at, wordAt } from '../../model/numbers.js'
import { chooseAsDriver } from '../placing/driver-choice.js'
import {
  type CompiledPlacement,
  compileGeometry,
  placeOf,
  stateOf,
  type Tables,
} from '../tables/tables.js'
import type { Instance, Part } from './difference.js'
import { largestFirst } from './order-changes.js'

/**
 * An order in which a driver that chooses every place itself (before R460) puts each instance of a
 * layout where the layout has it, beside the instances `present`. Without one, the proof: every state
 * that can be reached, and where the driver would put each missing instance.
 *
 * Throws `MIG_SOLVER_INPUT` for a layout that this GPU cannot hold beside the instances present.
 */
export function findCreationOrder(
  gpu: Geometry | GeometryTables,
  layout: Layout,
  present: Layout = [],
): CreationOrder | NoCreationOrder {
  const tables = compileGeometry(gpu)
  const own = copyPlain(layout)
  const start = stateOf(tables, present)
  stateOf(tables, own, undefined, start)
  const sorted = own.toSorted((a, b) => largestFirst(a.placement, b.placement))
  const places = sorted.map((instance) => requirePlace(tables, instance))
  const order = orderPlaces(tables, start, places)
  if (order !== null) {
    return deepFreeze({ kind: 'order', instances: order.map((index) => at(sorted, index)) })
  }
  return deepFreeze({ kind: 'no-order', reached: listReached(tables, start, sorted, places) })
}

/**
 * Instances in the order in which to create them: one in which the driver's own choices give their
 * places, so that it does not matter whether the driver takes placements. Without such an order, the
 * large ones first.
 */
export function sortForCreation<New extends Instance<Part>>(
  tables: Tables | null,
  present: readonly Instance<Part>[],
  missing: readonly New[],
): readonly New[] {
  const sorted = missing.toSorted((a, b) => largestFirst(a.placement, b.placement))
  if (tables === null || missing.length === 0) return sorted
  let state = 0
  for (const instance of present) {
    const place = placeOf(tables, instance)
    state = place === null ? -1 : wordAt(tables.states.nextOf(state), place.number)
    if (state < 0) return sorted
  }
  const places = sorted.flatMap((instance) => placeOf(tables, instance) ?? [])
  const order = places.length === sorted.length ? orderPlaces(tables, state, places) : null
  return order?.map((index) => at(sorted, index)) ?? sorted
}

/**
 * The positions of the places in an order in which the driver's own choices give them; null: there is
 * none. The instances that can still be created depend on those that are there, not on their order, so
 * each state is tried once.
 */
function orderPlaces(
  tables: Tables,
  start: number,
  places: readonly CompiledPlacement[],
): readonly number[] | null {
  const order: number[] = []
  const created = new Set<CompiledPlacement>()
  const dead = new Set<number>()
  const createFrom = (state: number): boolean => {
    if (order.length === places.length) return true
    if (dead.has(state)) return false
    for (const [index, place] of places.entries()) {
      if (created.has(place) || driverChoice(tables, state, place) !== place) continue
      created.add(place)
      order.push(index)
      if (createFrom(wordAt(tables.states.nextOf(state), place.number))) return true
      order.pop()
      created.delete(place)
    }
    dead.add(state)
    return false
  }
  return createFrom(start) ? order : null
}

const choices = new WeakMap<Tables, Map<number, CompiledPlacement | null>>()

function driverChoice(
  tables: Tables,
  state: number,
  { profilePosition }: CompiledPlacement,
): CompiledPlacement | null {
  const known = cached(choices, tables, () => new Map())
  const key = state * tables.profiles.length + profilePosition
  let choice = known.get(key)
  if (choice === undefined) {
    choice = chooseAsDriver(tables, state, at(tables.profiles, profilePosition))
    known.set(key, choice)
  }
  return choice
}

function listReached(
  tables: Tables,
  start: number,
  layout: Layout,
  places: readonly CompiledPlacement[],
): readonly CreationState[] {
  const reached: CreationState[] = []
  const seen = new Set<number>()
  const visit = (state: number, created: readonly CompiledPlacement[]): void => {
    if (seen.has(state)) return
    seen.add(state)
    const missing = places.filter((place) => !created.includes(place))
    const next = new Map<number, CompiledPlacement | null>()
    for (const place of missing) {
      next.set(place.profilePosition, driverChoice(tables, state, place))
    }
    reached.push({
      created: layout.filter((_, index) => created.some((p) => p === places[index])),
      next: [...next].map(([position, choice]) => ({
        profileId: at(tables.profiles, position).profile.id,
        placement: choice === null ? null : { ...choice.placement },
      })),
    })
    for (const choice of next.values()) {
      if (choice === null || !missing.includes(choice)) continue
      visit(wordAt(tables.states.nextOf(state), choice.number), [...created, choice])
    }
  }
  visit(start, [])
  return reached
}

function requirePlace(tables: Tables, instance: PlacedGpuInstance): CompiledPlacement {
  const place = placeOf(tables, instance)
  if (place !== null) return place
  throw new MigError(
    'MIG_SOLVER_INPUT',
    `The GPU has no profile ${instance.profileId} with this placement.`,
  )
}
