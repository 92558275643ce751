import type { FleetPlacePrices, RoomCertificate } from '../../../../types/fleet/certificates.js'
import type { MakeRoomResult } from '../../../../types/fleet/moves.js'
import { cached } from '../../../model/cached.js'
import { AnswerFault } from '../../model/answer-fault.js'
import type { WorkBudget } from '../../program/budget.js'
import { type AccessGroup, hasPlaces } from '../access-groups.js'
import { listPlacePrices, nameAccessGroups } from '../compact/compact-certificate.js'
import { destinationAt } from '../compact/compact-columns.js'
import { buildCompactProgram, type CompactProgram } from '../compact/compact-program.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import { proveRoomBound } from '../verify/prove-room-bound.js'
import type { CountedIdle, QuestionGroups } from '../verify/question-groups.js'
import { ruleOutCheaper } from '../verify/search-cheaper.js'
import { listCapacityPrices } from './capacity-prices.js'
import { priceRoom } from './room-simplex.js'

/** A longer search is no proof that anybody wants to repeat. */
const mostSteps = 100_000

/** What proves the answer. Null: neither prices nor a short search do. */
export function certifyRoom(
  fleet: GroupedFleet,
  answer: MakeRoomResult,
  maxMoves: number,
  budget: WorkBudget,
): RoomCertificate | null {
  const bound = answer.kind === 'no-room' ? null : answer.lowerBound
  const frame = { version: 1, kind: 'room', lowerBound: { cost: bound } } as const
  if (bound === 0 || !hasPlaces(fleet.accessGroups, fleet.wanted))
    return { ...frame, cost: null, searchSteps: null }
  const groups = toQuestionGroups(fleet)
  const most = answer.kind === 'no-room' && answer.maxMoves === null ? Infinity : maxMoves
  for (const cost of listPrices(fleet, bound, most, budget)) {
    const certificate = { ...frame, cost, searchSteps: null }
    if (isProven(groups, fleet.wanted, certificate, most)) return certificate
  }
  const { isTimeUp } = budget
  const limits = { below: bound ?? Number.POSITIVE_INFINITY, mostMoves: most, mostSteps, isTimeUp }
  const searchSteps = ruleOutCheaper(groups, fleet.wanted, limits)
  return searchSteps === null ? null : { ...frame, cost: null, searchSteps }
}

/** Prices that may prove the bound, the ones that are found soonest first. */
function* listPrices(
  fleet: GroupedFleet,
  bound: number | null,
  maxMoves: number,
  budget: WorkBudget,
): Iterable<FleetPlacePrices> {
  if (budget.isTimeUp()) return
  const program = buildCompactProgram(fleet)
  const names = nameAccessGroups(fleet)
  if (bound === null) {
    for (const ofDestination of listCapacities(fleet, program)) {
      const prices = listPlacePrices(names, program, ofDestination)
      yield { prices, weights: { first: 0, cost: 0 } }
    }
  }
  const objectives = bound === null ? (['refusal', 'moves'] as const) : (['cost'] as const)
  for (const objective of objectives) {
    if (objective === 'moves' && maxMoves === Number.POSITIVE_INFINITY) continue
    const found = priceRoom(program, fleet.wanted, objective, budget)
    if (found === null) continue
    const { denominator } = found
    const prices = listPlacePrices(names, program, withSlotPrices(program, found.ofDestination))
    const first = objective === 'moves' ? denominator : 0
    const cost = objective === 'cost' ? denominator : 0
    yield { prices, weights: { first, cost } }
  }
}

/**
 * A certificate has one price for a profile on GPUs and for the idle instances there: the lower one. What may come to one
 * may come to the other, so none pays less then, and the GPUs earn less.
 */
function withSlotPrices(
  { destinations, firstOf }: CompactProgram,
  found: readonly number[],
): readonly number[] {
  const ofDestination = [...found]
  for (const { number, accessGroup } of destinations) {
    const { slot } = accessGroup
    if (slot === undefined || !slot.host.positions.includes(slot.position)) continue
    const own = destinationAt({ firstOf }, slot.host, slot.position)
    ofDestination[own] = Math.min(ofDestination[own] ?? 0, ofDestination[number] ?? 0)
  }
  return ofDestination
}

/** What the whole fleet can hold, by the prices of a search: for each, the price by destination. */
function* listCapacities(
  fleet: GroupedFleet,
  { destinations }: CompactProgram,
): Iterable<readonly number[]> {
  for (const { model, ofPosition } of listCapacityPrices(fleet)) {
    yield destinations.map(({ accessGroup, position }) =>
      accessGroup.model === model ? (ofPosition[position] ?? 0) : 0,
    )
  }
}

function isProven(
  groups: QuestionGroups,
  wanted: number,
  certificate: RoomCertificate,
  maxMoves: number,
): boolean {
  try {
    proveRoomBound(groups, wanted, certificate, maxMoves)
    return true
  } catch (error) {
    if (error instanceof AnswerFault) return false
    throw error
  }
}

function countIdle({ layoutGroups }: GroupedFleet): QuestionGroups['idle'] {
  const found = new Map<AccessGroup, CountedIdle>()
  for (const { classGroup, members } of layoutGroups) {
    const { accessGroup } = classGroup
    const { slot } = accessGroup
    if (slot === undefined) continue
    const { host: access, position } = slot
    cached(found, accessGroup, () => ({ access, position, count: 0 })).count += members.length
  }
  return [...found.values()]
}

function toQuestionGroups(fleet: GroupedFleet): QuestionGroups {
  const byName = new Map(Array.from(nameAccessGroups(fleet), ([group, name]) => [name, group]))
  return {
    gpus: fleet.layoutGroups.flatMap(({ classGroup: { accessGroup }, instances, members, slot }) =>
      slot !== undefined
        ? []
        : {
            model: accessGroup.model,
            access: accessGroup,
            instances: instances.map(({ place, kind, cost }) => ({
              place: place.number,
              kind,
              cost,
            })),
            count: members.length,
          },
    ),
    idle: countIdle(fleet),
    accessGroups: fleet.accessGroups.filter(({ slot }) => slot === undefined),
    accessOf: (name) => byName.get(String(name)),
    heldWhole: { drained: 0, all: 0 },
  }
}
