import type {
  FleetInUse,
  MakeRoomOptions,
  MakeRoomResult,
  RoomMade,
} from '../../../../types/fleet/moves.js'
import type { Fleet } from '../../../../types/fleet/online.js'
import type { FleetRequest } from '../../../../types/fleet/pack.js'
import { copyPlain } from '../../../model/copy-plain.js'
import { requireObject } from '../../model/check-form.js'
import { wholeState } from '../../model/fleet-model.js'
import { readRequest } from '../../model/fleet-request.js'
import { mayEnter } from '../../model/gpu-filter.js'
import { invalid, requireWhole } from '../../model/invalid.js'
import { insideOf } from '../../online/fleet-inside.js'
import { createBudget, type WorkBudget } from '../../program/budget.js'
import { nameChanges } from '../compact/compact-changes.js'
import { buildCompactProgram } from '../compact/compact-program.js'
import { relaxRoom } from '../compact/compact-simplex.js'
import { type ListedFleet, viewFleet } from '../group-snapshot.js'
import type { MoveView } from '../grouped-fleet.js'
import { type GpuChange, nameMoves } from '../name-moves.js'
import { orderMoves } from '../order-moves.js'
import { type FoundRoom, findRoom } from './find-room.js'
import { viewOnline } from './group-online.js'
import { keepLive } from './keep-live.js'

/** About a quarter of a second. */
const standardWork = 250_000
const unitsPerMs = 1000

/**
 * The least that has to move so that one request more finds room, or the proof that no moves help. What
 * stands under `spread`, `avoid` or `sameNode` stays where it is, and so does what they name.
 *
 * Throws `MIG_FLEET_INVALID` and `MIG_PROFILE_UNKNOWN` for what makes no sense.
 */
export function makeRoom(
  fleet: FleetInUse | Pick<Fleet, 'snapshot'>,
  asked: FleetRequest,
  given: MakeRoomOptions = {},
): MakeRoomResult {
  requireObject(fleet, ['fleet'])
  requireObject(given, ['options'])
  const options = copyPlain(given)
  const request = readRequest(asked, ['request'])
  if (options.live === true) return keepLive((more) => makeRoom(fleet, request, more), options)
  const { maxMoves = Number.POSITIVE_INFINITY, moveCost, pinned } = options
  if (maxMoves !== Number.POSITIVE_INFINITY) requireWhole(maxMoves, 0, ['maxMoves'])
  if ((request.count ?? 1) !== 1) throw invalid(['request', 'count'], 'is not 1')
  const terms = { pinned, costs: moveCost, costsPath: 'moveCost', request }
  const inside = insideOf(fleet)
  let view = inside === undefined ? null : viewOnline(inside, terms)
  if (view === null) {
    const listed = viewFleet('snapshot' in fleet ? fleet.snapshot() : fleet, terms)
    if (request.wholeGpu === true) return findWholeGpu(listed.entries, request)
    view = listed.view
  }
  const limit = createBudget(withStandard(options, standardWork))
  const found = findRoom(view, maxMoves, limit, exactWork(options))
  if (found.touched !== null) return planRoom(view, nameTouched(found), request, found.lowerBound)
  if (found.stopped) return settleRoom(view, found, request, maxMoves, limit)
  return {
    kind: 'no-room',
    proof: found.byBound ? 'class-bound' : 'exhaustive',
    maxMoves: found.byBound || maxMoves === Number.POSITIVE_INFINITY ? null : maxMoves,
  }
}

/** A part of what there is: the linear program needs the rest, and does better with it. */
function exactWork({ deadlineMs, workUnits }: MakeRoomOptions): number {
  const gpus = workUnits ?? (deadlineMs === undefined ? standardWork : Number.POSITIVE_INFINITY)
  return Math.min(gpus, (deadlineMs ?? Number.POSITIVE_INFINITY) * unitsPerMs) / 8
}

/** Without any limit, there is one all the same: what is there to be moved can be moved in endless ways. */
export function withStandard(
  { deadlineMs, workUnits }: Pick<MakeRoomOptions, 'deadlineMs' | 'workUnits'>,
  standard: number,
): Pick<MakeRoomOptions, 'deadlineMs' | 'workUnits'> {
  if (deadlineMs !== undefined) return { deadlineMs, ...(workUnits !== undefined && { workUnits }) }
  return { workUnits: workUnits ?? standard }
}

/** The linear program over classes, where there are too many ways to try them all. */
function settleRoom(
  view: MoveView,
  found: FoundRoom,
  request: FleetRequest,
  maxMoves: number,
  limit: WorkBudget,
): MakeRoomResult {
  const program = buildCompactProgram(view)
  const relaxed = relaxRoom(program, view.wanted, limit)
  const lowerBound = Math.max(found.lowerBound, relaxed?.leastCost ?? 0)
  const stopped = limit.stopped() ?? 'work-units'
  if (relaxed !== null && relaxed.counts !== null) {
    const changes = nameChanges(program, relaxed.counts, view.wanted)
    const moves = changes?.reduce((sum, { evicted }) => sum + evicted.length, 0) ?? 0
    if (changes !== null && moves <= maxMoves) {
      const room = planRoom(view, changes, request, lowerBound)
      return room.plan.cost > lowerBound ? { ...room, stopped } : room
    }
  }
  return { kind: 'unknown', lowerBound, stopped }
}

function nameTouched({ touched }: FoundRoom): readonly GpuChange[] {
  const used = new Map<object, number>()
  return (touched ?? []).map(({ type, evicted, incoming }): GpuChange => {
    const number = used.get(type) ?? 0
    used.set(type, number + 1)
    const gpu = type.members.at(number)
    if (gpu === undefined) throw new Error('a type has as many GPUs as it counts')
    // The items of the first member stand for those of the others, one by one.
    const own = evicted.map((item) => gpu.items[type.items.indexOf(item)] ?? item)
    return { gpu, site: type.cell.site, evicted: own, incoming }
  })
}

function planRoom(
  view: MoveView,
  changes: readonly GpuChange[],
  request: FleetRequest,
  lowerBound: number,
): RoomMade {
  const moves = nameMoves(changes, view.wanted)
  const to = moves.find(({ item }) => item === null)?.to
  if (to === undefined) throw new Error('the request has a place')
  return {
    kind: 'room',
    gpu: to.gpu.name,
    profileId: to.site.model.tables.profiles[to.place.profilePosition]?.profile.id ?? null,
    placement: to.place.placement,
    plan: orderMoves(view, moves, request.id ?? null),
    lowerBound,
    stopped: null,
  }
}

/** Nothing that moves turns MIG off. */
function findWholeGpu(entries: ListedFleet['entries'], request: FleetRequest): MakeRoomResult {
  for (const { gpu, state, count } of entries) {
    if (state !== wholeState || count === 0 || !mayEnter(gpu, request)) continue
    return {
      kind: 'room',
      gpu: gpu.count === undefined ? gpu.id : `${gpu.id}/0`,
      profileId: null,
      placement: null,
      plan: { gpus: [], moves: [], cost: 0, steps: [], detours: 0, stops: 0 },
      lowerBound: 0,
      stopped: null,
    }
  }
  return { kind: 'no-room', proof: 'exhaustive', maxMoves: null }
}
