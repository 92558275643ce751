import type { FleetPlacement, FleetRequest } from '../../../types/fleet/pack.js'
import type { Placement } from '../../../types/model/geometry.js'
import { cached } from '../../model/cached.js'
import { numberAt, sum } from '../../model/numbers.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import { requireResiduals } from '../../solver/tables/tables.js'
import { type FleetModel, idlePlaceOf, wholeState } from '../model/fleet-model.js'
import { type GroupedProblem, isIdleGroup } from '../model/grouped-problem.js'
import { limitNamedPlacements } from '../model/limits.js'
import { gpuName, requestName } from '../model/member-name.js'
import type { Pattern } from '../program/patterns.js'
import type { DemandAssignment } from './assign-demands.js'
import type { PackedClasses } from './packed-classes.js'
import type { ServedDemands } from './pool-profiles.js'
import { type Queue, queueRequests } from './request-queues.js'

/** An instance of a pattern on a GPU, and the queue of requests for such instances. */
interface PatternInstance {
  readonly queue: Queue
  readonly profileId: number | null
  readonly placement: Placement | null
}

/**
 * Turns numbers into names. GPUs and requests are taken in the order of their lists. On each GPU, instances
 * get the first places of a walk over its states, at the lowest starts.
 */
export function namePlacements(
  { problem: { requests } }: GroupedProblem,
  served: ServedDemands,
  { uses, assignment }: PackedClasses,
): readonly FleetPlacement[] {
  const starts = startNames(requests, served, assignment)
  const total = numberAt(starts, requests.length)
  const entryOf = new Int32Array(total)
  const queues = queueRequests(served, assignment, starts, entryOf)
  const placements = new Array<FleetPlacement>(total)
  let named = 0
  const cursors = new Map<number, { member: number; index: number }>()
  for (const { column, count } of uses) {
    const { group, pattern, holds } = column
    const { members, number, model } = group
    const cursor = cached(cursors, number, () => ({ member: 0, index: 0 }))
    const isIdle = isIdleGroup(group)
    const queueAt = new Map<number, Queue>()
    for (const { profile } of holds) {
      const queue = queues[profile]
      const position = served.poolProfiles[profile]?.position
      if (queue !== undefined && position !== undefined) queueAt.set(position, queue)
    }
    const instancesByState = new Map<number, readonly PatternInstance[]>()
    let instances: readonly PatternInstance[] = []
    let lastState = Number.NaN
    for (let done = 0; done < count; done += 1) {
      const member = members[cursor.member]
      if (member === undefined) break
      const gpu = gpuName(member.gpu, cursor.index)
      const node = member.gpu.node ?? null
      if (member.state !== lastState) {
        lastState = member.state
        instances = cached(instancesByState, lastState, (state) =>
          listInstances(model, state, pattern, queueAt),
        )
      }
      for (const { queue, profileId, placement } of instances) {
        if (queue.served === queue.length) continue
        const position = numberAt(queue.members, queue.served)
        queue.served += 1
        const entry = numberAt(entryOf, position)
        const request = requestName(requests[entry], position - numberAt(starts, entry))
        const at = { request, entry, gpu, node, profileId, placement }
        placements[position] = isIdle ? { ...at, reused: true } : at
        named += 1
      }
      cursor.index += 1
      if (cursor.index === member.count) {
        cursor.member += 1
        cursor.index = 0
      }
    }
  }
  return named === total ? placements : placements.filter((placement) => placement !== undefined)
}

/** By entry: where its placed requests begin in the answer. The last number is the number of all of them. */
function startNames(
  requests: readonly FleetRequest[],
  { demands }: ServedDemands,
  { placed }: DemandAssignment,
): Int32Array {
  const starts = new Int32Array(requests.length + 1)
  let total = 0
  for (const [number, { entries }] of demands.entries()) {
    let left = sum(placed[number] ?? [])
    total += left
    limitNamedPlacements(total)
    for (const entry of entries) {
      const count = Math.min(left, requests[entry]?.count ?? 1)
      starts[entry + 1] = count
      left -= count
    }
  }
  for (let entry = 0; entry < requests.length; entry += 1) {
    starts[entry + 1] = numberAt(starts, entry) + numberAt(starts, entry + 1)
  }
  return starts
}

function listInstances(
  model: FleetModel,
  state: number,
  pattern: Pattern,
  queueAt: ReadonlyMap<number, Queue>,
): readonly PatternInstance[] {
  const { profiles } = model.tables
  if (state === wholeState) {
    const queue = queueAt.get(profiles.length)
    return queue === undefined ? [] : [{ queue, profileId: null, placement: null }]
  }
  const idle = model.tables.places[idlePlaceOf(state)]
  const places = idle === undefined ? findPatternPlaces(model, state, pattern) : [idle]
  return places.flatMap(({ profilePosition, placement }) => {
    const queue = queueAt.get(profilePosition)
    const profileId = profiles[profilePosition]?.profile.id ?? null
    return queue === undefined ? [] : [{ queue, profileId, placement }]
  })
}

/** Finds places for a pattern that is known to fit. */
function findPatternPlaces(
  { tables }: FleetModel,
  start: number,
  pattern: Pattern,
): readonly CompiledPlacement[] {
  const { partitions, holds, classOf } = requireResiduals(tables)
  const left = pattern.slice(0, tables.profiles.length)
  const found: CompiledPlacement[] = []
  let state = start
  for (const { placements, position } of tables.searchOrder) {
    while ((left[position] ?? 0) > 0) {
      left[position] = (left[position] ?? 0) - 1
      const rest = partitions.find(left)
      const next = tables.states.nextOf(state)
      const place = placements.find(({ number }) => {
        const after = next[number] ?? -1
        return after >= 0 && holds(numberAt(classOf, after), rest)
      })
      if (place === undefined) throw new RangeError('a pattern that does not fit')
      found.push(place)
      state = next[place.number] ?? -1
    }
  }
  return found
}
