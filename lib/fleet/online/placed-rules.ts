import type { FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { meetsFilter } from '../model/gpu-filter.js'
import type { FleetState, Holding, OnlineGpu } from './fleet-state.js'
import type { GpuFilter } from './scored-place.js'

/** What is where, as far as `spread`, `avoid` and `sameNode` depend on it. */
export interface PlacedRules {
  readonly add: (holding: Holding) => void
  readonly remove: (holding: Holding) => void
  readonly relocate: (holding: Holding, from: OnlineGpu, to: OnlineGpu) => void
  /** Null: any GPU will do. */
  readonly filterOf: (request: FleetRequest) => GpuFilter | null
  /** Whether what is where decides, and not only what the request says of each GPU. */
  readonly dependsOnNeighbours: (request: FleetRequest) => boolean
  /** Whether nothing keeps an instance from another place on its own GPU. */
  readonly mayShift: (holding: Holding) => boolean
}

type Place = OnlineGpu | OnlineGpu['node']

export function createPlacedRules({ gpuByName }: FleetState): PlacedRules {
  const labelled = createCounter()
  const avoiding = createCounter()
  const groups = createCounter()
  /** Labels that a `spread` or `avoid` names. */
  const ruled = createCounter()

  /**
   * The node of the requests with this `sameNode`. If moves have parted them, the first in the fleet
   * counts.
   */
  const nodeOf = (text: string): Place | undefined => {
    const nodes = groups.placesOf(text)
    if (nodes === undefined) return undefined
    if (nodes.size > 1) {
      for (const { node } of gpuByName.values()) if (nodes.has(node)) return node
    }
    return nodes.keys().next().value
  }

  const count = (holding: Holding, gpu: OnlineGpu, by: 1 | -1): void => {
    for (const label of holding.labels) {
      labelled.change(label, gpu, by)
      labelled.change(label, gpu.node, by)
    }
    if (holding.asked === null) return
    const { avoid, sameNode, spread } = holding.asked
    for (const { label, scope } of avoid ?? []) {
      avoiding.change(label, scope === 'gpu' ? gpu : gpu.node, by)
      ruled.change(label, gpu, by)
    }
    for (const { label } of spread ?? []) ruled.change(label, gpu, by)
    if (sameNode !== undefined) groups.change(sameNode, gpu.node, by)
  }

  const filterOf = (request: FleetRequest): GpuFilter | null => {
    const { where, labels = [], spread = [], avoid = [], sameNode } = request
    const onlyModels = where === undefined || Object.keys(where).every((each) => each === 'models')
    const avoided = labels.filter((label) => avoiding.any(label))
    const node = sameNode === undefined ? undefined : nodeOf(sameNode)
    if (onlyModels && spread.length + avoid.length + avoided.length === 0 && node === undefined) {
      return null
    }
    return (gpu) =>
      (node === undefined || gpu.node === node) &&
      (where === undefined || meetsFilter(gpu.given, where, gpu.name)) &&
      spread.every(
        ({ label, maxPerGpu, maxPerNode }) =>
          (maxPerGpu === undefined || labelled.get(label, gpu) < maxPerGpu) &&
          (maxPerNode === undefined || labelled.get(label, gpu.node) < maxPerNode),
      ) &&
      avoid.every(
        ({ label, scope }) => labelled.get(label, scope === 'gpu' ? gpu : gpu.node) === 0,
      ) &&
      avoided.every(
        (label) => avoiding.get(label, gpu) === 0 && avoiding.get(label, gpu.node) === 0,
      )
  }

  return {
    add: (holding) => count(holding, holding.gpu, 1),
    remove: (holding) => count(holding, holding.gpu, -1),
    relocate: (holding, from, to) => {
      count(holding, from, -1)
      count(holding, to, 1)
    },
    filterOf,
    dependsOnNeighbours: ({ labels = [], spread = [], avoid = [], sameNode }) =>
      spread.length + avoid.length > 0 ||
      sameNode !== undefined ||
      labels.some((label) => avoiding.any(label)),
    mayShift: ({ pinned, idle, labels, asked, gpu }) => {
      if (pinned || idle || labels.some((label) => ruled.any(label))) return false
      if (asked === null) return true
      const { sameNode, spread = [], avoid = [], where, reservation } = asked
      if (sameNode !== undefined || spread.length + avoid.length > 0) return false
      const isOpen = gpu.given.reservation === undefined || gpu.given.reservation === reservation
      return isOpen && (where === undefined || meetsFilter(gpu.given, where, gpu.name))
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
      const places = cached(counts, label, () => new Map<Place, number>())
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
