import { cached } from '../../../model/cached.js'
import type { ResidualTable } from '../../../solver/tables/tables.js'
import type { FleetModel } from '../../model/fleet-model.js'
import { listFacets } from '../../program/facets.js'
import {
  type AccessGroup,
  type KindPlaces,
  listPlacesByKind,
  positionsOn,
} from '../access-groups.js'
import type { GroupedFleet } from '../grouped-fleet.js'

/**
 * A price for each kind, and the most that a GPU of each class can take at those prices. What has to be
 * placed is never worth more than the capacity for it: a bound without search.
 */
export interface CapacityPrices {
  /** On other models, nothing has a price. */
  readonly model: FleetModel
  /** By profile position, for instances on a GPU. */
  readonly ofPosition: readonly number[]
  /** By kind, for instances that come to a GPU: the least price of the profiles that serve them. */
  readonly ofKind: readonly number[]
  /** By access group, then class. */
  readonly capacityOf: readonly (readonly number[])[]
}

/** Prices from the closed form of each model, and from each profile alone. */
export function listCapacityPrices(fleet: GroupedFleet): readonly CapacityPrices[] {
  const prices: CapacityPrices[] = []
  const byKind = listPlacesByKind(fleet.accessGroups, fleet.kinds.length)
  const models = new Set(fleet.accessGroups.map(({ model }) => model))
  for (const model of models) {
    const ordered = positionsOn(fleet.accessGroups, model)
    const vectors = (listFacets(model.tables, ordered) ?? []).map((facet) => facet.prices)
    for (const position of ordered) {
      vectors.push(model.tables.profiles.map((_profile, other) => Number(other === position)))
    }
    for (const vector of vectors) {
      const ofKind = byKind.map((places) => priceOf(places, model, vector))
      if (ofKind.every((price) => price === 0)) continue
      prices.push({
        model,
        ofPosition: vector,
        ofKind,
        capacityOf: fleet.accessGroups.map((accessGroup) =>
          accessGroup.model === model ? capacityByClass(accessGroup, vector) : [],
        ),
      })
    }
  }
  return prices
}

/** A kind that may also go to another model is worth nothing on this one. */
function priceOf(
  places: readonly KindPlaces[],
  model: FleetModel,
  vector: readonly number[],
): number {
  let least = Number.POSITIVE_INFINITY
  for (const { accessGroup, positions } of places) {
    if (accessGroup.model !== model) return 0
    for (const position of positions) least = Math.min(least, vector[position] ?? 0)
  }
  return Number.isFinite(least) ? least : 0
}

const known = new WeakMap<ResidualTable, Map<string, readonly number[]>>()

function capacityByClass({ residuals }: AccessGroup, vector: readonly number[]): readonly number[] {
  const ofTable = cached(known, residuals, () => new Map<string, readonly number[]>())
  return cached(ofTable, vector.join(), () => {
    const { counts } = residuals.partitions
    const worthOf = (partition: number): number =>
      (counts[partition] ?? []).reduce(
        (worth, count, position) => worth + count * (vector[position] ?? 0),
        0,
      )
    return residuals.classes.map(({ undominated }) =>
      undominated.reduce((most, partition) => Math.max(most, worthOf(partition)), 0),
    )
  })
}
