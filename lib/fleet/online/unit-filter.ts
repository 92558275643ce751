import type { FleetRequest } from '../../../types/fleet.js'
import { meetsFilter } from '../model/gpu-filter.js'
import type { UnitFilter } from './choose-place.js'
import type { FleetUnit, Holding } from './fleet-pools.js'

/** What spread, avoid and same-node requests have to know of what is there. */
export interface PlacedRules {
  readonly add: (holding: Holding, request: FleetRequest | null) => void
  readonly remove: (holding: Holding) => void
  readonly relocate: (holding: Holding, from: FleetUnit, to: FleetUnit) => void
  /** Null: any GPU will do. */
  readonly filterOf: (request: FleetRequest) => UnitFilter | null
}

type Place = FleetUnit | FleetUnit['node']

export function createPlacedRules(): PlacedRules {
  const labelled = createCounter()
  const avoiding = createCounter()
  const groups = createCounter()
  const requests = new Map<Holding, FleetRequest>()

  const count = (holding: Holding, unit: FleetUnit, by: 1 | -1): void => {
    for (const label of holding.labels) {
      labelled.change(label, unit, by)
      labelled.change(label, unit.node, by)
    }
    const request = requests.get(holding)
    for (const { label, scope } of request?.avoid ?? []) {
      avoiding.change(label, scope === 'gpu' ? unit : unit.node, by)
    }
    if (request?.sameNode !== undefined) groups.change(request.sameNode, unit.node, by)
  }

  const filterOf = (request: FleetRequest): UnitFilter | null => {
    const { where, labels = [], spread = [], avoid = [], sameNode } = request
    const onlyModels = where === undefined || Object.keys(where).every((each) => each === 'models')
    const avoided = labels.filter((label) => avoiding.any(label))
    const node = sameNode === undefined ? undefined : groups.first(sameNode)
    if (onlyModels && spread.length + avoid.length + avoided.length === 0 && node === undefined) {
      return null
    }
    return (unit) =>
      (node === undefined || unit.node === node) &&
      (where === undefined || meetsFilter(unit.gpu, where)) &&
      spread.every(
        ({ label, maxPerGpu, maxPerNode }) =>
          (maxPerGpu === undefined || labelled.get(label, unit) < maxPerGpu) &&
          (maxPerNode === undefined || labelled.get(label, unit.node) < maxPerNode),
      ) &&
      avoid.every(
        ({ label, scope }) => labelled.get(label, scope === 'gpu' ? unit : unit.node) === 0,
      ) &&
      avoided.every(
        (label) => avoiding.get(label, unit) === 0 && avoiding.get(label, unit.node) === 0,
      )
  }

  return {
    add: (holding, request) => {
      if (request?.avoid !== undefined || request?.sameNode !== undefined) {
        requests.set(holding, request)
      }
      count(holding, holding.unit, 1)
    },
    remove: (holding) => {
      count(holding, holding.unit, -1)
      requests.delete(holding)
    },
    relocate: (holding, from, to) => {
      count(holding, from, -1)
      count(holding, to, 1)
    },
    filterOf,
  }
}

interface Counter {
  readonly change: (label: string, place: Place, by: 1 | -1) => void
  readonly get: (label: string, place: Place) => number
  readonly any: (label: string) => boolean
  readonly first: (label: string) => Place | undefined
}

function createCounter(): Counter {
  const counts = new Map<string, Map<Place, number>>()
  return {
    change: (label, place, by) => {
      let places = counts.get(label)
      if (places === undefined) {
        places = new Map()
        counts.set(label, places)
      }
      const value = (places.get(place) ?? 0) + by
      if (value > 0) places.set(place, value)
      else places.delete(place)
      if (places.size === 0) counts.delete(label)
    },
    get: (label, place) => counts.get(label)?.get(place) ?? 0,
    any: (label) => counts.has(label),
    first: (label) => counts.get(label)?.keys().next().value,
  }
}
