import type {
  FleetInUse,
  MakeRoomOptions,
  MakeRoomResult,
  RoomMade,
} from '../../../../types/fleet/moves.js'
import type { Fleet } from '../../../../types/fleet/online.js'
import type { FleetRequest } from '../../../../types/fleet/pack.js'
import { copyPlain } from '../../../model/copy-plain.js'
import { requireObject, requireWhole } from '../../model/check-form.js'
import { wholeState } from '../../model/fleet-model.js'
import { readRequest } from '../../model/fleet-request.js'
import { mayEnter } from '../../model/gpu-filter.js'
import { invalid } from '../../model/invalid.js'
import { checkFleetOptions } from '../../model/option-rules.js'
import { insideOf } from '../../online/fleet-inside.js'
import { createBudget, type WorkBudget } from '../../program/budget.js'
import { nameChanges } from '../compact/compact-changes.js'
import { buildCompactProgram } from '../compact/compact-program.js'
import { relaxRoom } from '../compact/compact-simplex.js'
import { groupSnapshot, type ListedFleet } from '../group-snapshot.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import { type GpuChange, nameMoves } from '../name-moves.js'
import { orderMoves } from '../order-moves.js'
import { type FoundRoom, findRoom, type TouchedGpu } from './find-room.js'
import { groupOnline } from './group-online.js'
import { keepLive } from './keep-live.js'

/** About a quarter of a second's work. */
const standardWork = 250_000
const unitsPerMs = 1000

/**
 * Plans the cheapest moves after which the request has a place, or proves that no moves help. Instances
 * with `spread`, `avoid` or `sameNode` stay where they are, and so do those with a label that these name.
 *
 * Throws `MIG_FLEET_INVALID` and `MIG_PROFILE_UNKNOWN` for input that makes no sense.
 */
export function makeRoom(
  fleet: FleetInUse | Pick<Fleet, 'snapshot'>,
  asked: FleetRequest,
  given: MakeRoomOptions = {},
): MakeRoomResult {
  requireObject(fleet, ['fleet'])
  const options = copyPlain(given)
  checkFleetOptions('makeRoom', options)
  const request = readRequest(asked, ['request'])
  if (options.live === true) return keepLive((more) => makeRoom(fleet, request, more), options)
  const { maxMoves = Number.POSITIVE_INFINITY, moveCost, pinned } = options
  if (maxMoves !== Number.POSITIVE_INFINITY) requireWhole(maxMoves, 0, ['maxMoves'])
  if ((request.count ?? 1) !== 1) throw invalid(['request', 'count'], 'is not 1')
  const groupOptions = { pinned, costs: moveCost, costsPath: 'moveCost', request }
  const inside = insideOf(fleet)
  let grouped = inside === undefined ? null : groupOnline(inside, groupOptions)
  if (grouped === null) {
    const listed = groupSnapshot('snapshot' in fleet ? fleet.snapshot() : fleet, groupOptions)
    if (request.wholeGpu === true) return findWholeGpu(listed.entries, request)
    grouped = listed.grouped
  }
  const budget = createBudget(withStandard(options, standardWork))
  const found = findRoom(grouped, maxMoves, budget, exactWork(options))
  if (found.touched !== null) {
    return planRoom({ grouped, request }, nameTouched(found.touched), found.lowerBound)
  }
  if (found.stopped) return settleRoom({ grouped, request }, found, maxMoves, budget)
  return {
    kind: 'no-room',
    proof: found.byBound ? 'class-bound' : 'exhaustive',
    maxMoves: found.byBound || maxMoves === Number.POSITIVE_INFINITY ? null : maxMoves,
  }
}

/** The exact search gets a part of the work; the linear program makes better use of the rest. */
function exactWork({ deadlineMs, workUnits }: MakeRoomOptions): number {
  const gpus = workUnits ?? (deadlineMs === undefined ? standardWork : Number.POSITIVE_INFINITY)
  return Math.min(gpus, (deadlineMs ?? Number.POSITIVE_INFINITY) * unitsPerMs) / 8
}

/** The standard limit, if no other is given: the number of plans grows without bounds. */
function withStandard(
  { deadlineMs, workUnits }: Pick<MakeRoomOptions, 'deadlineMs' | 'workUnits'>,
  standard: number,
): Pick<MakeRoomOptions, 'deadlineMs' | 'workUnits'> {
  if (deadlineMs !== undefined) return { deadlineMs, ...(workUnits !== undefined && { workUnits }) }
  return { workUnits: workUnits ?? standard }
}

interface Wanted {
  readonly grouped: GroupedFleet
  readonly request: FleetRequest
}

/** Solves the linear program over classes, where there are too many plans to try them all. */
function settleRoom(
  wanted: Wanted,
  found: FoundRoom,
  maxMoves: number,
  budget: WorkBudget,
): MakeRoomResult {
  const { grouped } = wanted
  const program = buildCompactProgram(grouped)
  const relaxed = relaxRoom(program, grouped.wanted, budget)
  const lowerBound = Math.max(found.lowerBound, relaxed?.leastCost ?? 0)
  const stopped = budget.stopped() ?? 'work-units'
  if (relaxed !== null && relaxed.counts !== null) {
    const changes = nameChanges(program, relaxed.counts, grouped.wanted)
    const moves = changes?.reduce((sum, { evicted }) => sum + evicted.length, 0) ?? 0
    if (changes !== null && moves <= maxMoves) {
      const room = planRoom(wanted, changes, lowerBound)
      return room.plan.cost > lowerBound ? { ...room, stopped } : room
    }
  }
  return { kind: 'unknown', lowerBound, stopped }
}

function nameTouched(touched: readonly TouchedGpu[]): readonly GpuChange[] {
  const used = new Map<object, number>()
  return touched.map(({ layoutGroup, evicted, incoming }): GpuChange => {
    const { instances, members, classGroup } = layoutGroup
    const number = used.get(layoutGroup) ?? 0
    used.set(layoutGroup, number + 1)
    const gpu = members.at(number)
    if (gpu === undefined) throw new Error('a layout group has as many GPUs as it counts')
    // The instances of the first GPU stand for those of the others, one by one.
    const own = evicted.map((instance) => gpu.instances[instances.indexOf(instance)] ?? instance)
    return { gpu, accessGroup: classGroup.accessGroup, evicted: own, incoming }
  })
}

function planRoom(
  { grouped, request }: Wanted,
  changes: readonly GpuChange[],
  lowerBound: number,
): RoomMade {
  const moves = nameMoves(changes, grouped.wanted)
  const to = moves.find(({ instance }) => instance === null)?.to
  if (to === undefined) throw new Error('the request has a place')
  const { profiles } = to.accessGroup.model.tables
  return {
    kind: 'room',
    gpu: to.gpu.name,
    profileId: profiles[to.place.profilePosition]?.profile.id ?? null,
    placement: to.place.placement,
    plan: orderMoves(grouped, moves, request.id ?? null),
    lowerBound,
    stopped: null,
  }
}

/** Only a GPU with MIG off that nobody holds will do, because no move turns MIG off. */
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
