import type { FleetPattern, FleetPlacement, FleetUnplaced } from '../../../types/fleet/pack.js'
import type { Placement } from '../../../types/model/geometry.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import { requireResiduals } from '../../solver/tables/tables.js'
import { type FleetModel, wholeState } from '../model/fleet-model.js'
import { limitNamedPlacements } from '../model/limits.js'
import { gpuName, requestName } from '../model/member-name.js'
import type { Pattern } from '../program/patterns.js'
import type { ClassProgram } from './class-program.js'
import type { PackGroups } from './pack-groups.js'
import type { PackedClasses } from './packed-classes.js'
import { type Placing, type Queue, queueRequests } from './request-queues.js'

/** What a GPU of a pattern has for whom. */
interface Spot {
  readonly queue: Queue
  readonly profileId: number | null
  readonly placement: Placement | null
}

/**
 * Numbers become names: GPUs in the order of the list, requests in the order of theirs, on each GPU the
 * places that a walk over its states meets first, at the lowest starts.
 */
export function namePlacements(
  { problem }: PackGroups,
  placing: Placing,
  { uses, assignment }: PackedClasses,
): readonly FleetPlacement[] {
  const { requests } = problem
  const starts = startNames(requests, placing, assignment)
  const total = starts[requests.length] as number
  const entryOf = new Int32Array(total)
  const queues = queueRequests(placing, assignment, starts, entryOf)
  const { slots } = placing
  const slotAt = new Map(slots.map(({ cell, position }, number) => [`${cell}:${position}`, number]))
  const placements = new Array<FleetPlacement>(total)
  let named = 0
  const cursors = new Map<number, { member: number; index: number }>()
  for (const { column, count } of uses) {
    const { group, pattern } = column
    const { members, number, model, cell } = group
    const cursor = cursors.get(number) ?? { member: 0, index: 0 }
    cursors.set(number, cursor)
    const queueAt = pattern.map((_, position) => queues[slotAt.get(`${cell}:${position}`) ?? -1])
    const spotsAt = new Map<number, readonly Spot[]>()
    let spots: readonly Spot[] | undefined
    let lastState = Number.NaN
    for (let done = 0; done < count; done += 1) {
      const member = members[cursor.member]
      if (member === undefined) break
      const gpu = gpuName(member.gpu, cursor.index)
      if (member.state !== lastState) {
        lastState = member.state
        spots = spotsAt.get(lastState) ?? listSpots(model, lastState, pattern, queueAt)
        spotsAt.set(lastState, spots)
      }
      for (const { queue, profileId, placement } of spots ?? []) {
        if (queue.served === queue.length) continue
        const position = queue.members[queue.served] as number
        queue.served += 1
        const entry = entryOf[position] as number
        const request = requestName(requests[entry], position - (starts[entry] as number))
        placements[position] = { request, entry, gpu, profileId, placement }
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

/** Those of an entry that have a place come first: by entry, where they stand in the answer. */
function startNames(
  requests: PackGroups['problem']['requests'],
  { demands }: Pick<Placing, 'demands'>,
  { placed }: PackedClasses['assignment'],
): Int32Array {
  const starts = new Int32Array(requests.length + 1)
  let total = 0
  for (const [number, { entries }] of demands.entries()) {
    let left = (placed[number] ?? []).reduce((sum, count) => sum + count, 0)
    total += left
    limitNamedPlacements(total)
    for (const entry of entries) {
      const count = Math.min(left, requests[entry]?.count ?? 1)
      starts[entry + 1] = count
      left -= count
    }
  }
  for (let entry = 0; entry < requests.length; entry += 1) {
    starts[entry + 1] = (starts[entry] as number) + (starts[entry + 1] as number)
  }
  return starts
}

function listSpots(
  model: FleetModel,
  state: number,
  pattern: Pattern,
  queueAt: readonly (Queue | undefined)[],
): readonly Spot[] {
  if (state === wholeState) {
    const queue = queueAt[model.tables.profiles.length]
    return queue === undefined ? [] : [{ queue, profileId: null, placement: null }]
  }
  return findPatternPlaces(model, state, pattern).flatMap(({ profilePosition, placement }) => {
    const queue = queueAt[profilePosition]
    const profileId = model.tables.profiles[profilePosition]?.profile.id ?? null
    return queue === undefined ? [] : [{ queue, profileId, placement }]
  })
}

/** By entry, the last ones of a kind first. */
export function listUnplaced(
  { problem }: PackGroups,
  { demands }: Pick<ClassProgram, 'demands'>,
  { unplaced }: PackedClasses['assignment'],
): readonly FleetUnplaced[] {
  const lists: FleetUnplaced[] = []
  for (const [number, { entries }] of demands.entries()) {
    let left = unplaced[number] ?? 0
    for (let index = entries.length - 1; index >= 0 && left > 0; index -= 1) {
      const entry = entries[index] ?? 0
      const count = Math.min(left, problem.requests[entry]?.count ?? 1)
      if (count > 0) lists.push({ entry, count })
      left -= count
    }
  }
  return lists.sort((a, b) => a.entry - b.entry)
}

export function listPatternsUsed({ uses }: PackedClasses): readonly FleetPattern[] {
  return uses.map(({ column: { group, pattern }, count }) => ({
    like: group.members[0]?.position ?? 0,
    gpuCount: count,
    instances: pattern.flatMap((each, position) =>
      each === 0
        ? []
        : [
            {
              profileId: group.model.tables.profiles[position]?.profile.id ?? null,
              count: each,
            },
          ],
    ),
  }))
}

/** Places for a pattern that is known to fit. */
export function findPatternPlaces(
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
        return after >= 0 && holds(classOf[after] ?? 0, rest)
      })
      if (place === undefined) throw new RangeError('a pattern that does not fit')
      found.push(place)
      state = next[place.number] ?? -1
    }
  }
  return found
}
