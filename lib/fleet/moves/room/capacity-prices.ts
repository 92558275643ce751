import type { FleetModel } from '../../model/fleet-model.js'
import { listFacets } from '../../program/facets.js'
import type { MoveSite } from '../access-groups.js'
import type { MoveView } from '../grouped-fleet.js'

/**
 * A price for each kind, and for each class of each site what a GPU of it can take at most at those
 * prices. What is to be placed can never be worth more than the room for it: a bound without search.
 */
export interface RoomPrice {
  /** Elsewhere, nothing has a price. */
  readonly model: FleetModel
  /** By profile position, of what is on a GPU. */
  readonly ofPosition: readonly number[]
  /** By kind, of what comes to a GPU: the least price of where it may go. */
  readonly ofKind: readonly number[]
  /** By site, then class. */
  readonly roomOf: readonly (readonly number[])[]
}

/** The closed form of each model, and each profile alone. */
export function listRoomPrices(view: MoveView): readonly RoomPrice[] {
  const prices: RoomPrice[] = []
  const models = new Set(view.sites.map(({ model }) => model))
  for (const model of models) {
    const sites = view.sites.filter((site) => site.model === model)
    const positions = new Set(sites.flatMap(({ positionsOf }) => positionsOf.flat()))
    const ordered = [...positions].sort((a, b) => a - b)
    const vectors = (listFacets(model.tables, ordered) ?? []).map((facet) => facet.prices)
    for (const position of ordered) {
      vectors.push(model.tables.profiles.map((_profile, other) => Number(other === position)))
    }
    for (const vector of vectors) {
      const ofKind = view.kinds.map(({ number }) => priceOfKind(view, number, sites, vector))
      if (ofKind.every((price) => price === 0)) continue
      prices.push({
        model,
        ofPosition: vector,
        ofKind,
        roomOf: view.sites.map((site) => (site.model === model ? roomByClass(site, vector) : [])),
      })
    }
  }
  return prices
}

/** What may go elsewhere, too, is worth nothing here. */
function priceOfKind(
  view: MoveView,
  kind: number,
  sites: readonly MoveSite[],
  vector: readonly number[],
): number {
  let least = Number.POSITIVE_INFINITY
  for (const site of view.sites) {
    const positions = site.positionsOf[kind] ?? []
    if (positions.length > 0 && !sites.includes(site)) return 0
    for (const position of positions) least = Math.min(least, vector[position] ?? 0)
  }
  return Number.isFinite(least) ? least : 0
}

const known = new WeakMap<object, Map<string, readonly number[]>>()

function roomByClass({ residuals }: MoveSite, vector: readonly number[]): readonly number[] {
  let ofTables = known.get(residuals)
  if (ofTables === undefined) {
    ofTables = new Map()
    known.set(residuals, ofTables)
  }
  const key = vector.join()
  let room = ofTables.get(key)
  if (room === undefined) {
    const { counts } = residuals.partitions
    room = residuals.classes.map(({ undominated }) => {
      let most = 0
      for (const number of undominated) {
        let worth = 0
        for (const [position, count] of (counts[number] ?? []).entries()) {
          worth += count * (vector[position] ?? 0)
        }
        most = Math.max(most, worth)
      }
      return most
    })
    ofTables.set(key, room)
  }
  return room
}
