import type { FleetPlacePrices } from '../../../../types/fleet/certificates.js'
import { isPlainObject } from '../../../model/checks/find-fault.js'
import { fault } from '../../model/answer-fault.js'
import { dearestSet } from '../../program/dearest-set.js'
import type { AccessGroup } from '../access-groups.js'
import type { CountedGpus, QuestionGroups } from './question-groups.js'

/** The figure that counts before the cost of moves. */
export interface FirstFigure {
  /** What a GPU adds that keeps so many of its instances. */
  readonly ofKept: (gpus: CountedGpus, kept: number) => number
  /** What an empty GPU adds when something comes to it. */
  readonly ofFilled: number
  /** What each move adds. */
  readonly ofMove: number
}

/** Prices, by access group and profile position. */
interface ReadPrices {
  readonly ofPosition: (group: AccessGroup) => readonly number[]
  readonly first: number
  readonly cost: number
}

const mostPrice = 2 ** 45

/**
 * What these prices prove: the first figure of any plan and its cost, each times its weight, are together at
 * least this. It tries every set of instances that can leave each GPU: what leaves pays for its new place,
 * and what comes is worth no more than the dearest set that the GPU has room for then. An idle instance earns the price
 * of its profile at most. All sums are exact.
 */
export function proveByPrices(
  groups: QuestionGroups,
  wanted: number,
  figure: FirstFigure,
  given: FleetPlacePrices,
): { readonly total: bigint; readonly first: bigint; readonly cost: bigint } {
  const prices = readPrices(groups, given)
  const { first, cost } = prices
  const dearestOf = new Map<AccessGroup, (state: number) => number>()
  for (const group of groups.accessGroups)
    dearestOf.set(group, dearestSet(group.model.tables, prices.ofPosition(group)))
  const ofKind = (kind: number): number | null => leastPrice(groups, prices, kind)
  let total = 0n
  for (const gpus of groups.gpus) {
    const dearest = dearestOf.get(gpus.access) ?? (() => 0)
    total += BigInt(gpus.count) * leastOfGpu(gpus, { figure, first, cost, dearest, ofKind })
  }
  for (const { access, position, count } of groups.idle)
    total -= BigInt(count) * BigInt(prices.ofPosition(access)[position] ?? 0)
  total += BigInt(wanted < 0 ? 0 : (ofKind(wanted) ?? 0))
  return { total, first: BigInt(first), cost: BigInt(cost) }
}

interface Weighed {
  readonly figure: FirstFigure
  readonly first: number
  readonly cost: number
  readonly dearest: (state: number) => number
  /** Null: the kind may not go anywhere. */
  readonly ofKind: (kind: number) => number | null
}

/** The least that one GPU can come to, over all sets of instances that may leave it. */
function leastOfGpu(gpus: CountedGpus, { figure, first, cost, dearest, ofKind }: Weighed): bigint {
  const { instances, model } = gpus
  const { nextOf } = model.tables.states
  const prices = instances.map(({ kind, cost }) => (cost < 0 ? null : ofKind(kind)))
  let least: bigint | null = null
  const walk = (index: number, state: number, kept: number, paid: bigint): void => {
    const instance = instances[index]
    if (instance === undefined) {
      const room = BigInt(dearest(state))
      const opening = kept === 0 ? BigInt(first) * BigInt(figure.ofFilled) : 0n
      const gain = room > opening ? room - opening : 0n
      const value = paid + BigInt(first) * BigInt(figure.ofKept(gpus, kept)) - gain
      if (least === null || value < least) least = value
      return
    }
    const next = nextOf(state)[instance.place] ?? -1
    if (next < 0) throw new Error('a part of a legal layout is legal')
    walk(index + 1, next, kept + 1, paid)
    const price = prices[index]
    if (price === null || price === undefined) return
    const moved = BigInt(cost) * BigInt(instance.cost) + BigInt(first) * BigInt(figure.ofMove)
    walk(index + 1, state, kept, paid + moved + BigInt(price))
  }
  walk(0, 0, 0, 0n)
  return least ?? 0n
}

function leastPrice(
  { accessGroups }: QuestionGroups,
  { ofPosition }: ReadPrices,
  kind: number,
): number | null {
  let least: number | null = null
  for (const group of accessGroups) {
    const prices = ofPosition(group)
    for (const position of group.positionsOf.get(kind) ?? []) {
      const price = prices[position] ?? 0
      if (least === null || price < least) least = price
    }
  }
  return least
}

function readPrices(
  { accessGroups, accessOf }: QuestionGroups,
  given: FleetPlacePrices,
): ReadPrices {
  if (!isPlainObject(given)) fault('the prices are no object')
  const { prices, weights } = given
  if (!Array.isArray(prices)) fault('prices is no list')
  if (!isPlainObject(weights)) fault('weights is no object')
  if (!isPrice(weights.first) || !isPrice(weights.cost)) fault('a weight is no whole number from 0')
  const byGroup = new Map(
    accessGroups.map((group) => [group, group.model.tables.profiles.map(() => 0)]),
  )
  for (const [index, each] of prices.entries()) {
    if (!isPlainObject(each)) fault(`prices[${index}] is no object`)
    const { like, profileId, price } = each as FleetPlacePrices['prices'][number]
    const group = accessOf(like)
    if (group === undefined) fault(`prices[${index}].like is no GPU of the fleet`)
    const profile = group.model.tables.profileById.get(profileId)
    if (profile === undefined) fault(`prices[${index}].profileId is no profile of that GPU`)
    if (!isPrice(price)) fault(`prices[${index}].price is no whole number from 0`)
    const own = byGroup.get(group)
    if (own !== undefined) own[profile.position] = price
  }
  return {
    ofPosition: (group) => byGroup.get(group) ?? [],
    first: weights.first,
    cost: weights.cost,
  }
}

function isPrice(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < mostPrice
}
