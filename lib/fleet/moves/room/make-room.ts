import type { FleetInUse, MakeRoomOptions, MakeRoomResult } from '../../../../types/fleet/moves.js'
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
import { groupOnline } from '../group-online.js'
import { groupSnapshot, type ListedFleet } from '../group-snapshot.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import { nameMoves } from '../name-moves.js'
import { certifyRoom } from './certify-room.js'
import { type FoundRoom, findRoom } from './find-room.js'
import { keepLive } from './keep-live.js'
import { nameTouched, planRoom, type Wanted } from './plan-room.js'
import { findRoomAtOnce } from './room-at-once.js'
import { relaxRoom } from './room-simplex.js'
import { settleLive } from './settle-live.js'

/** About a quarter of a second's work. */
const standardWork = 250_000
const unitsPerMs = 1000
/** The part of a deadline for the first searches of a live plan. */
const liveShare = 0.75
/** The part of a deadline that is kept back for the certificate. */
const certifyShare = 0.4

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
  if (options.live === true) {
    const { deadlineMs } = options
    const clock = createBudget(deadlineMs === undefined ? {} : { deadlineMs })
    const part = deadlineMs === undefined ? {} : { deadlineMs: liveShare * deadlineMs }
    const answer = keepLive((more) => makeRoom(fleet, request, more), { ...options, ...part })
    const rest = deadlineMs === undefined ? {} : { deadlineMs: clock.leftMs() }
    const group = (): GroupedFleet => groupFor(fleet, request, options).grouped
    return settleLive(answer, group, request, { ...options, ...rest })
  }
  const budget = createBudget(withStandard(options, standardWork))
  const { maxMoves = Number.POSITIVE_INFINITY } = options
  if (maxMoves !== Number.POSITIVE_INFINITY) requireWhole(maxMoves, 0, ['maxMoves'])
  if ((request.count ?? 1) !== 1) throw invalid(['request', 'count'], 'is not 1')
  const { grouped, entries } = groupFor(fleet, request, options)
  if (request.wholeGpu === true) return findWholeGpu(entries, request)
  if (options.certify === true) budget.keepBack(certifyShare * (options.deadlineMs ?? 0))
  const answer = searchRoom({ grouped, request }, maxMoves, options, budget)
  if (options.certify !== true) return answer
  budget.keepBack(0)
  return { ...answer, certificate: certifyRoom(grouped, answer, maxMoves, budget) }
}

/** `entries` is empty where the GPUs of a running fleet need not be listed. */
function groupFor(
  fleet: FleetInUse | Pick<Fleet, 'snapshot'>,
  request: FleetRequest,
  { pinned, moveCost, clearIdle = false }: MakeRoomOptions,
): Pick<ListedFleet, 'grouped' | 'entries'> {
  const idle = clearIdle ? 'cleared' : 'taken'
  const options = { pinned, costs: moveCost, costsPath: 'moveCost', request, idle } as const
  const inside = insideOf(fleet)
  const grouped = inside === undefined ? null : groupOnline(inside, options)
  if (grouped !== null) return { grouped, entries: [] }
  return groupSnapshot('snapshot' in fleet ? fleet.snapshot() : fleet, options)
}

function searchRoom(
  wanted: Wanted,
  maxMoves: number,
  options: MakeRoomOptions,
  budget: WorkBudget,
): MakeRoomResult {
  const { grouped } = wanted
  const atOnce = grouped.hasIdle ? findRoomAtOnce(grouped) : null
  if (atOnce !== null) {
    const move = { kind: grouped.wanted, instance: null, from: null, to: atOnce }
    return planRoom(wanted, [move], 0)
  }
  const found = findRoom(grouped, maxMoves, budget, exactWork(options))
  if (found.touched !== null) {
    const moves = nameMoves(nameTouched(found.touched), grouped.wanted)
    return planRoom(wanted, moves, found.lowerBound)
  }
  if (found.stopped) return settleRoom(wanted, found, maxMoves, budget)
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

/** Solves the linear program over classes, where there are too many plans to try them all. */
function settleRoom(
  wanted: Wanted,
  found: FoundRoom,
  maxMoves: number,
  budget: WorkBudget,
): MakeRoomResult {
  const { grouped } = wanted
  if (budget.isTimeUp()) {
    return {
      kind: 'unknown',
      lowerBound: found.lowerBound,
      stopped: budget.stopped() ?? 'work-units',
    }
  }
  const program = buildCompactProgram(grouped)
  const relaxed = relaxRoom(program, grouped.wanted, budget)
  const lowerBound = Math.max(found.lowerBound, relaxed?.leastCost ?? 0)
  const stopped = budget.stopped() ?? 'work-units'
  // The bound counts idle instances. To name what comes there takes the exact search.
  const hasSlots = grouped.layoutGroups.some(({ slot }) => slot !== undefined)
  if (relaxed !== null && relaxed.counts !== null && !hasSlots) {
    const changes = nameChanges(program, relaxed.counts, grouped.wanted)
    const moves = changes?.reduce((sum, { evicted }) => sum + evicted.length, 0) ?? 0
    if (changes !== null && moves <= maxMoves) {
      const room = planRoom(wanted, nameMoves(changes, grouped.wanted), lowerBound)
      return room.plan.cost > lowerBound ? { ...room, stopped } : room
    }
  }
  return { kind: 'unknown', lowerBound, stopped }
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
