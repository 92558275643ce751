import type { FleetPlacement, FleetRequest } from '../../../types/fleet.js'
import type { FleetAnswer } from '../../../types/fleet-online.js'
import { checkRequest, findOptions } from '../model/fleet-request.js'
import { invalid } from '../model/invalid.js'
import { choosePlace, type UnitFilter } from './choose-place.js'
import { explainRefused } from './explain-refused.js'
import type { FleetGround, FleetUnit, Holding } from './fleet-pools.js'
import { describeHolding, type Holdings } from './holdings.js'
import type { DemandObserver } from './observed-demand.js'
import type { PlacedRules } from './unit-filter.js'

type Options = readonly (readonly number[])[]

const noLabels: readonly string[] = []

/** More different needs than this, and they are looked up anew. */
const mostKnownNeeds = 4096

export function createPlacer(
  { models, pools }: FleetGround,
  holdings: Holdings,
  rules: PlacedRules,
  observer: DemandObserver,
): (request: FleetRequest) => FleetAnswer {
  const byProfile = new Map<string | number, Options>()
  const byNeed = new Map<string, Options>()
  let unnamed = 0

  const optionsOf = (request: FleetRequest): Options => {
    const { profile, need } = request
    if (profile !== undefined) {
      let options = byProfile.get(profile)
      if (options === undefined) {
        options = findOptions(models, request, ['request'])
        byProfile.set(profile, options)
      }
      return options
    }
    if (need === undefined) return findOptions(models, request, ['request'])
    const key = JSON.stringify(need)
    let options = byNeed.get(key)
    if (options === undefined) {
      options = findOptions(models, request, ['request'])
      if (byNeed.size >= mostKnownNeeds) byNeed.clear()
      byNeed.set(key, options)
    }
    return options
  }

  const placeOne = (
    request: FleetRequest,
    options: Options,
    name: string,
    more: UnitFilter | null,
  ): Holding | null => {
    const own = rules.filterOf(request)
    const filter =
      own !== null && more !== null ? (unit: FleetUnit) => own(unit) && more(unit) : (own ?? more)
    const chosen = choosePlace(pools, options, request, filter)
    if (chosen === null) return null
    const { unit, place } = chosen
    const holding = {
      request: name,
      unit,
      place,
      pinned: false,
      labels: request.labels ?? noLabels,
    }
    holdings.add(holding, request)
    return holding
  }

  /** All or nothing. */
  const placeAll = (
    request: FleetRequest,
    options: Options,
    names: readonly string[],
  ): readonly Holding[] | null => {
    const excluded = new Set<FleetUnit['node']>()
    for (;;) {
      const placed: Holding[] = []
      const notExcluded =
        excluded.size === 0 ? null : (unit: FleetUnit): boolean => !excluded.has(unit.node)
      for (const name of names) {
        const holding = placeOne(request, options, name, notExcluded)
        if (holding === null) break
        placed.push(holding)
      }
      if (placed.length === names.length) return placed
      for (const { request: name } of placed) holdings.drop(name ?? '')
      const [first] = placed
      if (request.sameNode === undefined || first === undefined) return null
      excluded.add(first.unit.node)
    }
  }

  return (request) => {
    checkRequest(request, ['request'])
    const options = optionsOf(request)
    const { count = 1 } = request
    let id = request.id
    if (id !== undefined && holdings.has(id)) {
      throw invalid(['request', 'id'], `is ${id}, which holds an instance already`)
    }
    while (id === undefined || holdings.has(id)) id = `request-${++unnamed}`
    if (request.count === undefined) {
      const holding = placeOne(request, options, id, null)
      observer.asked(options, 1, holding !== null)
      if (holding !== null) return { kind: 'placed', id, placements: [describeHolding(holding)] }
      return refuse(request, options)
    }
    const names = Array.from({ length: count }, (_, index) => `${id}/${index}`)
    const taken = names.find((name) => holdings.has(name))
    if (taken !== undefined) {
      throw invalid(['request', 'id'], `makes ${taken}, which holds an instance already`)
    }
    const placed = placeAll(request, options, names)
    observer.asked(options, count, placed !== null)
    if (placed === null) return refuse(request, options)
    if (names.length > 0) holdings.addGroup(id, names)
    return {
      kind: 'placed',
      id,
      placements: placed.map(describeHolding) satisfies FleetPlacement[],
    }
  }

  function refuse(request: FleetRequest, options: Options): FleetAnswer {
    const { reason, proven } = explainRefused(pools, options, request, rules.filterOf(request))
    return { kind: 'refused', id: request.id ?? null, reason, proven }
  }
}
