import type { Placement } from '../../../types/model/geometry.js'
import type { Layout, Partition, PlacedGpuInstance } from '../../../types/solver/layout.js'
import type { PlacePartitionProblem, PlacePartitionResult } from '../../../types/solver/placing.js'
import { cached } from '../../model/cached.js'
import { copyPlain } from '../../model/copy-plain.js'
import { wordAt } from '../../model/numbers.js'
import { byPlacement } from '../../model/placement.js'
import { type DeviceGroups, groupDevices } from '../compute/group-devices.js'
import { fillInstances, wholeInstance } from '../layout/build-layout.js'
import { withoutPinned } from '../layout/demand.js'
import { checkPartitionShape, checkProblemShape, listOnce } from '../tables/check-input.js'
import {
  type CompiledPlacement,
  compileGeometry,
  placeOf,
  profileWith,
  stateOf,
  type Tables,
} from '../tables/tables.js'
import { canAdd } from './can-add.js'
import { chooseAsDriver } from './driver-choice.js'
import { findPlaces, listPlaces } from './find-places.js'
import { countPlaces, explainNoRoom } from './no-room.js'
import { placeOrder } from './place-order.js'

const nothing: Layout = Object.freeze([])

/**
 * The best places by `prefer` for the devices of a partition, as new GPU instances beside those that
 * stay, or why there are none. Exact: no other possible layout is better. On a GPU too large for tables,
 * the instances that can be created next decide.
 *
 * Throws `MIG_SOLVER_INPUT` for `keep` and `pinned` that this GPU cannot hold together, a size that it
 * does not have, and counts and weights that are not whole numbers from 0; `MIG_SOLVER_LIMIT` for a GPU
 * too large to search.
 */
export function placePartition(problem: PlacePartitionProblem): PlacePartitionResult {
  checkProblemShape(problem)
  const { gpu, partition, keep = nothing, pinned = nothing, prefer = 'most-room' } = problem
  const tables = compileGeometry(gpu)
  const kept = keep === nothing ? nothing : listOnce(keep)
  const fixed = pinned === nothing ? nothing : copyPlain(pinned)
  const places: CompiledPlacement[] = []
  const state = stateOf(tables, fixed, places, stateOf(tables, kept, places))
  // Only these two read the partition more than once.
  let wanted = fixed === nothing && prefer !== 'driver' ? partition : copyPlain(partition)
  if (fixed.length > 0) {
    checkPartitionShape(wanted)
    const rest = withoutPinned(tables, wanted, fixed)
    if (rest.unwanted.length > 0) {
      const reason = { kind: 'pinned-unwanted', instances: rest.unwanted } as const
      return Object.freeze({ kind: 'infeasible', reason })
    }
    wanted = rest.partition
  }
  const groups = groupDevices(tables, wanted)
  const added =
    prefer === 'driver'
      ? placeAsDriver(tables, state, groups, wanted)
      : placeBest(tables, state, groups, placeOrder(tables, prefer))
  if (added === null) {
    const { counts } = groups
    const there = countPlaces(tables, places)
    const reason = explainNoRoom(tables, there, counts, canAdd(tables, 0, counts))
    return Object.freeze({ kind: 'infeasible', reason })
  }
  if ('stuckAt' in added) {
    const reason = { kind: 'driver-order', profileId: added.stuckAt } as const
    return Object.freeze({ kind: 'infeasible', reason })
  }
  if (places.length === 0) return Object.freeze({ kind: 'layout', layout: added, added })
  const staying = fixed === nothing ? kept : [...kept, ...fillBare(tables, fixed)]
  const layout = Object.freeze(joinByPlacement(staying, places, added))
  return Object.freeze({ kind: 'layout', layout, added })
}

/**
 * Insertion is several times faster for short lists that are mostly in order. `places` are those of
 * `staying`, whose instances are not read again.
 */
function joinByPlacement(
  staying: Layout,
  places: readonly CompiledPlacement[],
  added: Layout,
): Layout {
  const joined: PlacedGpuInstance[] = []
  const sorted: { readonly placement: Placement }[] = []
  const insert = (instance: PlacedGpuInstance, place: { readonly placement: Placement }): void => {
    let index = joined.length
    for (; index > 0; index -= 1) {
      const before = sorted[index - 1]
      if (before === undefined || byPlacement(before, place) <= 0) break
      sorted[index] = before
      joined[index] = joined[index - 1] as PlacedGpuInstance
    }
    sorted[index] = place
    joined[index] = instance
  }
  for (const [index, place] of places.entries()) insert(staying[index] as PlacedGpuInstance, place)
  for (const instance of added) insert(instance, instance)
  return joined
}

/** A pinned GPU instance without compute instances stands for the device that fills it. */
function fillBare(tables: Tables, pinned: Layout): Layout {
  return pinned.map((instance) => {
    const place = instance.computeInstances.length > 0 ? null : placeOf(tables, instance)
    if (place === null) return instance
    const { computeInstances } = wholeInstance(profileWith(tables, instance.profileId), place)
    return { ...instance, computeInstances }
  })
}

const built = new WeakMap<object, Layout>()

function placeBest(
  tables: Tables,
  state: number,
  groups: DeviceGroups,
  order: Parameters<typeof findPlaces>[1],
): Layout | null {
  const found = findPlaces(tables, order, state, groups.counts)
  if (found === null) return null
  if (groups.fillings !== null) return fillInstances(tables, listPlaces(found), groups)
  return cached(built, found, () => fillInstances(tables, listPlaces(found), groups))
}

/** Null: there is no layout at all. */
function placeAsDriver(
  tables: Tables,
  state: number,
  groups: DeviceGroups,
  wanted: Partition,
): Layout | { readonly stuckAt: number } | null {
  if (!canAdd(tables, state, groups.counts)) return null
  const places: CompiledPlacement[] = []
  let reached = state
  for (const profileId of creationOrder(tables, groups, wanted)) {
    const place = chooseAsDriver(tables, reached, profileWith(tables, profileId))
    if (place === null) return { stuckAt: profileId }
    places.push(place)
    reached = wordAt(tables.states.nextOf(reached), place.number)
  }
  return fillInstances(tables, places, groups)
}

/** GPU instances that share partial compute instances come where the first of those is wanted. */
function creationOrder(tables: Tables, groups: DeviceGroups, wanted: Partition): readonly number[] {
  const packed = new Set<number>()
  return wanted.flatMap(({ profileId, sliceCount, count }) => {
    const { position, profile } = profileWith(tables, profileId)
    if (sliceCount === profile.sliceCount) return Array.from({ length: count }, () => profileId)
    if (count === 0 || packed.has(position)) return []
    packed.add(position)
    return Array.from({ length: groups.fillings?.get(position)?.length ?? 0 }, () => profileId)
  })
}
