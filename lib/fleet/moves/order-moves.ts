import type { FleetPlan, FleetStep } from '../../../types/fleet/moves.js'

import type { CompiledPlacement } from '../../solver/tables/tables.js'
import type { MoveSite } from './access-groups.js'
import { arrange } from './arrange.js'
import { describeInstance, describePlace, type Holder, listInstances } from './describe-plan.js'
import type { MoveView } from './grouped-fleet.js'
import type { MoveGpu } from './move-gpu.js'
import type { NamedMove, PlaceOnGpu } from './name-moves.js'

/** A GPU while the plan runs. */
interface RunningGpu {
  readonly gpu: MoveGpu
  readonly site: MoveSite
  readonly before: readonly Holder[]
  now: Holder[]
}

interface PendingMove extends NamedMove {
  readonly number: number | null
  /** Where it is now; null: nowhere. */
  at: PlaceOnGpu | null
}

/**
 * The order of the steps. Each move is made before it is broken where its place is free by then. Where
 * moves wait for each other in a circle, one of them makes a detour through room elsewhere; where there
 * is none, one of them stops.
 */
export function orderMoves(
  view: MoveView,
  named: readonly NamedMove[],
  requestId: string | null,
): FleetPlan {
  const running = new Map<MoveGpu, RunningGpu>()
  const runningOf = (gpu: MoveGpu, site: MoveSite): RunningGpu => {
    let found = running.get(gpu)
    if (found === undefined) {
      const before = startOf(gpu)
      found = { gpu, site, before, now: before }
      running.set(gpu, found)
    }
    return found
  }
  const steps: FleetStep[] = []
  const moves = named.filter(({ item }) => item !== null)
  let counted = 0
  const pending = new Set(
    named.map(
      (move): PendingMove => ({
        ...move,
        number: move.item === null ? null : counted++,
        at: move.from,
      }),
    ),
  )
  const comingTo = new Map<MoveGpu, PendingMove[]>()
  for (const move of pending) {
    const list = comingTo.get(move.to.gpu)
    if (list === undefined) comingTo.set(move.to.gpu, [move])
    else list.push(move)
  }

  const create = (move: PendingMove, to: PlaceOnGpu, detour: boolean): void => {
    const target = runningOf(to.gpu, to.site)
    target.now = [...target.now, { place: to.place, item: move.item }]
    steps.push({
      kind: 'create',
      gpu: to.gpu.name,
      instance: describeInstance(to, move.item, requestId),
      move: move.number,
      detour,
      stop: false,
    })
  }
  const destroy = (move: PendingMove, at: PlaceOnGpu, stop: boolean): void => {
    const source = runningOf(at.gpu, at.site)
    source.now = source.now.filter(({ place }) => place !== at.place)
    steps.push({
      kind: 'destroy',
      gpu: at.gpu.name,
      instance: describeInstance(at, move.item, requestId),
      move: move.number,
      detour: move.from !== at,
      stop,
    })
  }
  const isFree = ({ gpu, site, place }: PlaceOnGpu): boolean =>
    stateOf(runningOf(gpu, site), place) >= 0
  const finish = (move: PendingMove): void => {
    create(move, move.to, false)
    if (move.at !== null) destroy(move, move.at, false)
    pending.delete(move)
  }
  /** Whether the place becomes free when this one goes. */
  const frees = (move: PendingMove): boolean =>
    move.at !== null &&
    (comingTo.get(move.at.gpu) ?? []).some(
      (other) =>
        other !== move &&
        pending.has(other) &&
        (other.to.place.mask & (move.at?.place.mask ?? 0)) !== 0,
    )

  let detours = 0
  let stops = 0
  while (pending.size > 0) {
    let any = false
    for (const move of pending) {
      if (!isFree(move.to)) continue
      finish(move)
      any = true
    }
    if (any) continue
    const waiting = [...pending]
    const inTheWay = waiting.filter((move) => frees(move))
    const candidates = inTheWay.length > 0 ? inTheWay : waiting.filter(({ at }) => at !== null)
    let turned = false
    for (const move of candidates) {
      // Twice out of the way would be no end.
      if (move.at === null || move.at !== move.from) continue
      const spare = findSpare(view, running, move)
      if (spare === null) continue
      const from = move.at
      create(move, spare, true)
      destroy(move, from, false)
      move.at = spare
      detours += 1
      turned = true
      break
    }
    if (turned) continue
    const move = candidates[0]
    if (move === undefined || move.at === null) throw new Error('what waits, waits for something')
    destroy(move, move.at, true)
    move.at = null
    stops += 1
  }
  const changed = [...running.values()]
    .filter(({ before, now }) => before !== now)
    .sort((a, b) => a.gpu.position - b.gpu.position)
  return {
    gpus: changed.map(({ gpu, site, before, now }) => ({
      gpu: gpu.name,
      node: gpu.node,
      before: listInstances(gpu, site, before, requestId),
      after: listInstances(gpu, site, now, requestId),
    })),
    moves: moves.map(({ item, from, to }) => ({
      request: item?.instance.id ?? null,
      from: describePlace(from ?? to),
      to: describePlace(to),
      cost: item?.cost ?? 0,
    })),
    cost: moves.reduce((sum, { item }) => sum + (item?.cost ?? 0), 0),
    steps,
    detours,
    stops,
  }
}

function startOf({ items }: MoveGpu): Holder[] {
  return items.map((item) => ({ place: item.place, item }))
}

/** -1: the place is not free now. */
function stateOf({ site, now }: RunningGpu, place: CompiledPlacement | null): number {
  const { states } = site.model.tables
  let state = 0
  for (const holder of now) state = states.nextOf(state)[holder.place.number] ?? -1
  return place === null ? state : (states.nextOf(state)[place.number] ?? -1)
}

/** Room for the time being, on the first GPU that has it. */
function findSpare(
  view: MoveView,
  running: ReadonlyMap<MoveGpu, RunningGpu>,
  { kind, at }: PendingMove,
): PlaceOnGpu | null {
  let best: PlaceOnGpu | null = null
  for (const { cell, members } of view.types) {
    const { site, classNumber } = cell
    const { tables } = site.model
    const positions = site.positionsOf[kind] ?? []
    if (positions.length === 0) continue
    for (let index = 0; index < members.length; index += 1) {
      const gpu = members.at(index)
      if (gpu === undefined || (best !== null && best.gpu.position < gpu.position)) break
      const changed = running.get(gpu)
      if (changed === undefined) {
        const width = tables.profiles.length
        const hasRoom = positions.some(
          (position) => (site.residuals.additional[classNumber * width + position] ?? 0) > 0,
        )
        if (!hasRoom) break
      }
      const now = changed ?? { gpu, site, before: [], now: startOf(gpu) }
      const state = stateOf(now, null)
      for (const position of positions) {
        const [place] = arrange(tables, state, [position], []) ?? []
        if (place === undefined || (gpu === at?.gpu && place === at.place)) continue
        best = { gpu, site, place }
        break
      }
    }
  }
  return best
}
