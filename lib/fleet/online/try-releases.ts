import type { FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { numberAt } from '../../model/numbers.js'
import { findBestPlace, mayEnterPool } from './best-place.js'
import type { FleetInside } from './fleet-inside.js'
import type { FleetState, Holding, OnlineGpu } from './fleet-state.js'
import { isPlain, withoutEnd } from './held-requests.js'
import { listHeld, occupy, vacate } from './holding.js'
import { mostNow } from './most-fitting.js'
import { type Placing, placeEach, takeBack } from './place-best.js'
import { listMembers } from './request-names.js'

type Wanted = Pick<Placing, 'request' | 'options'>

/** No request of a caller is named so. */
const trialId = '\u0000trial'

/**
 * The holdings of which each, released alone, gives the request room. Null: it has room now. Every release is tried
 * and taken back, because rules about neighbours may depend on anything on the node.
 */
export function tryReleases(
  inside: FleetInside,
  wanted: Wanted,
  watched: readonly OnlineGpu[],
): readonly Holding[] | null {
  const { rules } = inside
  const fits = createTrial(inside, wanted)
  if (fits(null)) return null
  const tryOne = (holding: Holding): boolean => {
    rules.remove(holding)
    vacate(holding)
    try {
      return fits(holding)
    } finally {
      occupy(holding)
      rules.add(holding)
    }
  }
  const all = watched.flatMap((gpu) => listHeld(gpu).filter(({ idle }) => !idle))
  const { request } = wanted
  if (rules.filterOf(request) !== null || rules.dependsOnNeighbours(request)) {
    return all.filter(tryOne)
  }
  // Without a condition on GPUs, instances at equal places are alike.
  const known = new Map<string, boolean>()
  return all.filter((holding) => {
    const { gpu, place } = holding
    const { pool, number, cordoned } = gpu
    if (cordoned) return false
    const layout = pool.capacity.kind === 'mig' ? pool.capacity.buckets.layoutOf[number] : -1
    return cached(known, `${pool.key} ${layout} ${place}`, () => tryOne(holding))
  })
}

/** Whether the request has room, now that `released` is gone; null: nothing is gone. */
function createTrial(
  { state, holdings, rules, ends }: FleetInside,
  { request, options }: Wanted,
): (released: Holding | null) => boolean {
  const { pools, gpusByNode } = state
  const { count, sameNode } = request
  if (count === undefined || count === 1) {
    return (released) => {
      const filter = rules.filterOf(request)
      const mayBeAnywhere =
        released === null || (sameNode !== undefined && released.asked?.sameNode === sameNode)
      if (mayBeAnywhere)
        return (
          findBestPlace(pools, options, request, { filter, clearIdle: false, lasting: null }) !==
          null
        )
      // A release changes what its own node can take, and nothing else.
      for (const gpu of gpusByNode.get(released.gpu.node) ?? []) {
        if (takes(gpu, options, request) && (filter === null || filter(gpu))) return true
      }
      return false
    }
  }
  const asked = isPlain(request) ? null : { ...withoutEnd(request), id: trialId }
  const trial = { request, options, id: trialId, asked, stay: null, clearIdle: false }
  return () => {
    if (count > mostNow(pools, options, request)) return false
    const placed = placeEach({ state, holdings, rules, ends }, trial, listMembers(trialId, count))
    for (const one of placed?.toReversed() ?? []) takeBack(holdings, one)
    return placed !== null
  }
}

function takes(gpu: OnlineGpu, options: Wanted['options'], request: FleetRequest): boolean {
  const { pool, number, cordoned } = gpu
  const { capacity, model } = pool
  if (cordoned || !mayEnterPool(pool, request)) return false
  if (capacity.kind === 'whole') return capacity.free.has(number)
  const { table, layoutOf, ranking } = capacity.buckets
  const layout = numberAt(layoutOf, number)
  return (options[model.number] ?? []).some(
    (position) => numberAt(ranking().placeOf, position * table.count + layout) >= 0,
  )
}

/**
 * The GPUs of which something has to leave before the request can have room: those that it may use, and others where
 * its neighbours are.
 */
export function listWatched(
  { gpusByNode, gpuByName }: FleetState,
  request: FleetRequest,
  able: readonly OnlineGpu[],
): readonly OnlineGpu[] {
  const { labels = [], spread = [], avoid = [], sameNode } = request
  const watched = new Set(able)
  if (labels.length + spread.length + avoid.length > 0) {
    for (const { node } of able) for (const gpu of gpusByNode.get(node) ?? []) watched.add(gpu)
  }
  if (sameNode !== undefined) {
    for (const gpu of gpuByName.values()) {
      if (gpu.held.some(({ asked }) => asked?.sameNode === sameNode)) watched.add(gpu)
    }
  }
  return [...watched]
}
