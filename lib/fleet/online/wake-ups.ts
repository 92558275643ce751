import type { FleetWakeUp, FleetWakeUps, WakeUpOptions } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { requireWhole } from '../model/check-form.js'
import { meetsFilter } from '../model/gpu-filter.js'
import { findBestPlace, mayEnterPool } from './best-place.js'
import type { FleetInside } from './fleet-inside.js'
import type { FleetPool, Holding, OnlineGpu } from './fleet-state.js'
import { createReleaseSets } from './release-sets.js'
import { listWatched, tryReleases } from './try-releases.js'

/** What has to be released so that the request has room. Throws what `place` throws. */
export function findWakeUps(
  inside: FleetInside,
  asked: FleetRequest,
  { maxReleases }: WakeUpOptions,
): FleetWakeUps {
  const { state, rules, placer } = inside
  if (maxReleases !== undefined) requireWhole(maxReleases, 1, ['maxReleases'])
  const wanted = placer.read(asked)
  const { request, options } = wanted
  const may = (pool: FleetPool): boolean =>
    mayEnterPool(pool, request) && (options[pool.model.number] ?? []).length > 0
  const able = state.pools
    .filter(may)
    .flatMap(({ gpus }) => gpus.flatMap((gpu) => (mayUse(gpu, request) ? [gpu] : [])))
  const isSimple = (request.count ?? 1) === 1 && !rules.dependsOnNeighbours(request)
  if (isSimple) {
    const filter = rules.filterOf(request)
    if (
      findBestPlace(state.pools, options, request, { filter, clearIdle: false, lasting: null }) !==
      null
    )
      return room
    const setsOf = createReleaseSets(options, maxReleases ?? Number.POSITIVE_INFINITY)
    const releases = able
      .filter(({ cordoned }) => !cordoned)
      .flatMap((gpu) => setsOf(gpu).flatMap((set) => describeSet(gpu, set) ?? []))
    return answer(state.gpuByName, releases, able, maxReleases === undefined)
  }
  const watched = listWatched(state, request, able)
  const found = tryReleases(inside, wanted, watched)
  if (found === null) return room
  const releases = found.flatMap((holding) => describeSet(holding.gpu, [holding]) ?? [])
  return answer(state.gpuByName, releases, watched, false)
}

const room: FleetWakeUps = { hasRoom: true, releases: [], complete: true, gpus: [] }

function mayUse(gpu: OnlineGpu | undefined, { where }: FleetRequest): gpu is OnlineGpu {
  return gpu !== undefined && (where === undefined || meetsFilter(gpu.given, where, gpu.name))
}

/** Null: an instance without an id cannot be released. */
function describeSet({ name, given }: OnlineGpu, set: readonly Holding[]): FleetWakeUp | null {
  const requests = set.flatMap(({ request }) => request ?? [])
  if (requests.length < set.length) return null
  return { gpu: name, node: given.node ?? null, requests }
}

function answer(
  gpuByName: FleetInside['state']['gpuByName'],
  releases: readonly FleetWakeUp[],
  watched: readonly OnlineGpu[],
  complete: boolean,
): FleetWakeUps {
  const orderOf = ({ gpu }: FleetWakeUp): number => gpuByName.get(gpu)?.order ?? 0
  return {
    hasRoom: false,
    releases: releases.toSorted(
      (a, b) => a.requests.length - b.requests.length || orderOf(a) - orderOf(b),
    ),
    complete,
    gpus: watched.toSorted((a, b) => a.order - b.order).map(({ name }) => name),
  }
}
