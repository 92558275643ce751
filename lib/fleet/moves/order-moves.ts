import type { FleetPlan } from '../../../types/fleet/moves.js'
import { groupBy } from '../../model/group-by.js'
import { createWatch } from '../model/out-of-time.js'
import { arrange } from './arrange.js'
import { describePlace } from './describe-plan.js'
import type { PlaceOnGpu } from './free-places.js'
import type { ClassGroup, GroupedFleet } from './grouped-fleet.js'
import type { NamedMove } from './name-moves.js'
import {
  createRunningPlan,
  type PendingMove,
  type RunningPlan,
  startGpu,
  stateOf,
} from './running-plan.js'

/**
 * Puts moves into an order. A move creates the new instance, once its place is free, and then destroys the
 * old one. Where moves wait for each other in a circle, one takes a detour to a free place elsewhere. If
 * there is no such place, one of them stops. Throws `OutOfTime` where it is late.
 */
export function orderMoves(
  fleet: GroupedFleet,
  named: readonly NamedMove[],
  requestId: string | null,
  isLate: () => boolean = () => false,
): FleetPlan {
  const watch = createWatch(isLate)
  const plan = createRunningPlan(requestId)
  const pending = new Set(numberMoves(named))
  const comingTo = groupBy(pending, ({ to }) => to.gpu)
  const finishFree = (): boolean => {
    const before = pending.size
    for (const move of pending) {
      watch()
      if (!plan.isFree(move.to)) continue
      plan.create(move, move.to, false)
      if (move.at !== null) plan.destroy(move, move.at, false)
      pending.delete(move)
    }
    return pending.size < before
  }
  /** Whether a move that is pending needs the place where this one is. */
  const isInTheWay = (move: PendingMove): boolean => {
    const { at } = move
    if (at === null) return false
    return (comingTo.get(at.gpu) ?? []).some(
      (other) =>
        other !== move && pending.has(other) && (other.to.place.mask & at.place.mask) !== 0,
    )
  }

  let detours = 0
  let stops = 0
  while (pending.size > 0) {
    if (finishFree()) continue
    const waiting = [...pending]
    const inTheWay = waiting.filter((move) => {
      watch()
      return isInTheWay(move)
    })
    const candidates = inTheWay.length > 0 ? inTheWay : waiting.filter(({ at }) => at !== null)
    if (takeDetour(fleet, plan, candidates)) {
      detours += 1
      continue
    }
    const [move] = candidates
    if (move === undefined || move.at === null) throw new Error('what waits, waits for something')
    plan.destroy(move, move.at, true)
    move.at = null
    stops += 1
  }
  const moves = named.filter(({ instance }) => instance !== null)
  return {
    gpus: plan.listChanged(),
    moves: moves.map(({ instance, from, to }) => ({
      request: instance?.given.id ?? null,
      from: describePlace(from ?? to),
      to: describePlace(to),
      cost: instance?.cost ?? 0,
    })),
    cost: moves.reduce((sum, { instance }) => sum + (instance?.cost ?? 0), 0),
    steps: plan.steps,
    detours,
    stops,
  }
}

function numberMoves(named: readonly NamedMove[]): readonly PendingMove[] {
  let counted = 0
  return named.map((move) => {
    const number = move.instance === null ? null : counted++
    return { ...move, number, at: move.from }
  })
}

/** Lets the first of these moves that can take a detour do so. */
function takeDetour(
  fleet: GroupedFleet,
  plan: RunningPlan,
  candidates: readonly PendingMove[],
): boolean {
  for (const move of candidates) {
    const { at, from, kind } = move
    // A second detour of one move could go on for ever.
    if (at === null || at !== from) continue
    const detour = findDetour(fleet, plan, kind, at)
    if (detour === null) continue
    plan.create(move, detour, true)
    plan.destroy(move, at, false)
    move.at = detour
    return true
  }
  return false
}

/** A free place for an instance of this kind, on the first GPU that has one. */
function findDetour(
  fleet: GroupedFleet,
  plan: RunningPlan,
  kind: number,
  at: PlaceOnGpu,
): PlaceOnGpu | null {
  let best: PlaceOnGpu | null = null
  for (const { classGroup, members, slot } of fleet.layoutGroups) {
    if (slot !== undefined) continue
    const { accessGroup } = classGroup
    const { tables } = accessGroup.model
    const positions = accessGroup.positionsOf.get(kind) ?? []
    if (positions.length === 0) continue
    for (let index = 0; index < members.length; index += 1) {
      const gpu = members.at(index)
      if (gpu === undefined || (best !== null && best.gpu.position < gpu.position)) break
      const planned = plan.find(gpu)
      if (planned === undefined && !mayTake(classGroup, positions)) break
      const state = stateOf(planned ?? startGpu(gpu, accessGroup), null)
      for (const position of positions) {
        const [place] = arrange(tables, state, [position], []) ?? []
        if (place === undefined || (gpu === at.gpu && place === at.place)) continue
        best = { gpu, accessGroup, place }
        break
      }
    }
  }
  return best
}

/** Whether a GPU of this class can take one of these profiles without moves. */
function mayTake({ accessGroup, classNumber }: ClassGroup, positions: readonly number[]): boolean {
  const { residuals, model } = accessGroup
  const base = classNumber * model.tables.profiles.length
  return positions.some((position) => (residuals.additional[base + position] ?? 0) > 0)
}
