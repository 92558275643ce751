import type { FleetPlan } from '../../../../types/fleet/moves.js'
import { describePlace } from '../describe-plan.js'
import type { PlaceOnGpu } from '../free-places.js'
import type { MoveInstance } from '../move-gpu.js'
import { createRunningPlan, type PendingMove } from '../running-plan.js'

/** A move of one instance: the new one is created, then the old one goes. */
export interface LiveMove {
  readonly instance: MoveInstance
  readonly from: PlaceOnGpu
  readonly to: PlaceOnGpu
}

interface Mover extends PendingMove {
  readonly from: PlaceOnGpu
}

/** A plan of moves one after the other, and then the request. Null: an instance would come back to where it was. */
export function planLive(
  moves: readonly LiveMove[],
  wanted: number,
  room: PlaceOnGpu,
  requestId: string | null,
): FleetPlan | null {
  const last = new Map(moves.map(({ instance, to }) => [instance, to]))
  const movers: Mover[] = []
  for (const { instance, from, to: next } of moves) {
    const known = movers.find((each) => each.instance === instance)
    const start = known?.from ?? from
    if (next.gpu === start.gpu && next.place === start.place) return null
    if (known !== undefined) continue
    const to = last.get(instance) ?? from
    movers.push({ kind: instance.kind, instance, from, to, number: movers.length, at: from })
  }
  const plan = createRunningPlan(requestId)
  let detours = 0
  for (const { instance, to } of moves) {
    const mover = movers.find((each) => each.instance === instance)
    if (mover === undefined || mover.at === null) continue
    const isDetour = to.gpu !== mover.to.gpu || to.place !== mover.to.place
    detours += Number(isDetour)
    plan.create(mover, to, isDetour)
    plan.destroy(mover, mover.at, false)
    mover.at = to
  }
  const request = { kind: wanted, instance: null, from: null, to: room, number: null, at: null }
  plan.create(request, room, false)
  return {
    gpus: plan.listChanged(),
    moves: movers.map(({ instance, from, to }) => ({
      request: instance?.given.id ?? null,
      from: describePlace(from),
      to: describePlace(to),
      cost: instance?.cost ?? 0,
    })),
    cost: movers.reduce((sum, { instance }) => sum + (instance?.cost ?? 0), 0),
    steps: plan.steps,
    detours,
    stops: 0,
  }
}
