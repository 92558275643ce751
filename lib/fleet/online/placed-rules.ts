import type { FleetRequest } from '../../../types/fleet/pack.js'
import { meetsFilter } from '../model/gpu-filter.js'
import type { UnitFilter } from './best-place.js'
import type { FleetGround, FleetUnit, Holding } from './fleet-state.js'

/** What spread, avoid and same-node requests have to know of what is there. */
export interface PlacedRules {
  readonly add: (holding: Holding) => void
  readonly remove: (holding: Holding) => void
  readonly relocate: (holding: Holding, from: FleetUnit, to: FleetUnit) => void
  /** Null: any GPU will do. */
  readonly filterOf: (request: FleetRequest) => UnitFilter | null
  /** Whether nothing keeps an instance from another place on its own GPU. */
  readonly mayShift: (holding: Holding) => boolean
}

type Place = FleetUnit | FleetUnit['node']

export function createPlacedRules({ unitByName }: FleetGround): PlacedRules {
  const labelled = createCounter()
  const avoiding = createCounter()
  const groups = createCounter()
  /** Labels that a `spread` or `avoid` names. */
  const ruled = createCounter()

  /** Where those of a text are; moves may have parted them, and then the first of the fleet counts. */
  const nodeOf = (text: string): Place | undefined => {
    const nodes = groups.placesOf(text)
    if (nodes === undefined) return undefined
    if (nodes.size > 1) {
      for (const { node } of unitByName.values()) if (nodes.has(node)) return node
    }
    return nodes.keys().next().value
  }

  const count = (holding: Holding, unit: FleetUnit, by: 1 | -1): void => {
    for (const label of holding.labels) {
      labelled.change(label, unit, by)
      labelled.change(label, unit.node, by)
    }
    if (holding.asked === null) return
    const { avoid, sameNode, spread } = holding.asked
    for (const { label, scope } of avoid ?? []) {
      avoiding.change(label, scope === 'gpu' ? unit : unit.node, by)
      ruled.change(label, unit, by)
    }
    for (const { label } of spread ?? []) ruled.change(label, unit, by)
    if (sameNode !== undefined) groups.change(sameNode, unit.node, by)
  }

  const filterOf = (request: FleetRequest): UnitFilter | null => {
    const { where, labels = [], spread = [], avoid = [], sameNode } = request
    const onlyModels = where === undefined || Object.keys(where).every((each) => each === 'models')
    const avoided = labels.filter((label) => avoiding.any(label))
    const node = sameNode === undefined ? undefined : nodeOf(sameNode)
    if (onlyModels && spread.length + avoid.length + avoided.length === 0 && node === undefined) {
      return null
    }
    return (unit) =>
      (node === undefined || unit.node === node) &&
      (where === undefined || meetsFilter(unit.gpu, where, unit.name)) &&
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
    add: (holding) => count(holding, holding.unit, 1),
    remove: (holding) => count(holding, holding.unit, -1),
    relocate: (holding, from, to) => {
      count(holding, from, -1)
      count(holding, to, 1)
    },
    filterOf,
    mayShift: ({ pinned, labels, asked, unit }) => {
      if (pinned || labels.some((label) => ruled.any(label))) return false
      if (asked === null) return true
      const { sameNode, spread = [], avoid = [], where, reservation } = asked
      if (sameNode !== undefined || spread.length + avoid.length > 0) return false
      const isOpen = unit.gpu.reservation === undefined || unit.gpu.reservation === reservation
      return isOpen && (where === undefined || meetsFilter(unit.gpu, where, unit.name))
    },
  }
}

interface Counter {
  readonly change: (label: string, place: Place, by: 1 | -1) => void
  readonly get: (label: string, place: Place) => number
  readonly any: (label: string) => boolean
  readonly placesOf: (label: string) => ReadonlyMap<Place, number> | undefined
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
    placesOf: (label) => counts.get(label),
  }
}
