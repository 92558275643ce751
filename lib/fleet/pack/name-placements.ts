import type { FleetGpu, FleetPattern, FleetPlacement, FleetUnplaced } from '../../../types/fleet.js'
import type { CompiledPlacement } from '../../solver/tables/geometry-tables.js'
import { requireResiduals } from '../../solver/tables/geometry-tables.js'
import { type FleetModel, wholeState } from '../model/fleet-model.js'
import type { Pattern } from '../program/patterns.js'
import type { ClassProgram, Slot } from './class-program.js'
import type { PackGroups } from './pack-groups.js'
import type { PackedClasses } from './packed-classes.js'

export interface Placing extends Pick<ClassProgram, 'demands' | 'slotsOf'> {
  readonly slots: readonly Pick<Slot, 'cell' | 'position'>[]
}

/** In the order in which they are given out; null is a whole GPU. */
interface Spots {
  readonly gpus: string[]
  readonly places: (CompiledPlacement | null)[]
}

/**
 * Numbers become names: GPUs in the order of the list, requests in the order of theirs, on each GPU the
 * places that a walk over its states meets first, at the lowest starts.
 */
export function namePlacements(
  fleet: PackGroups,
  { demands, slots, slotsOf }: Placing,
  { uses, assignment }: PackedClasses,
): readonly FleetPlacement[] {
  const wanted = slots.map(() => 0)
  for (const [demand, each] of assignment.placed.entries()) {
    for (const [index, count] of each.entries()) {
      const slot = slotsOf[demand]?.[index] ?? 0
      wanted[slot] = (wanted[slot] ?? 0) + count
    }
  }
  const slotAt = new Map(slots.map(({ cell, position }, number) => [`${cell}:${position}`, number]))
  const free: readonly Spots[] = slots.map(() => ({ gpus: [], places: [] }))
  const cursors = new Map<number, { member: number; index: number }>()
  for (const { column, count } of uses) {
    const { group, pattern } = column
    const { members, number, model, cell } = group
    const cursor = cursors.get(number) ?? { member: 0, index: 0 }
    cursors.set(number, cursor)
    const whole = model.tables.profiles.length
    const slotOfPosition = pattern.map((_, position) => slotAt.get(`${cell}:${position}`) ?? -1)
    const placesAt = new Map<number, readonly (CompiledPlacement | null)[]>([[wholeState, [null]]])
    for (let done = 0; done < count; done += 1) {
      const member = members[cursor.member]
      if (member === undefined) break
      const gpu = gpuName(member.gpu, cursor.index)
      let places = placesAt.get(member.state)
      if (places === undefined) {
        places = findPatternPlaces(model, member.state, pattern)
        placesAt.set(member.state, places)
      }
      for (const place of places) {
        const slot = slotOfPosition[place?.profilePosition ?? whole] ?? -1
        const left = wanted[slot] ?? 0
        if (left === 0) continue
        wanted[slot] = left - 1
        free[slot]?.gpus.push(gpu)
        free[slot]?.places.push(place)
      }
      cursor.index += 1
      if (cursor.index === member.count) {
        cursor.member += 1
        cursor.index = 0
      }
    }
  }
  return nameRequests(fleet, { demands, slots, slotsOf }, assignment, free)
}

function nameRequests(
  { problem, cells }: PackGroups,
  { demands, slots, slotsOf }: Placing,
  { placed }: PackedClasses['assignment'],
  free: readonly Spots[],
): readonly FleetPlacement[] {
  const taken = slots.map(() => 0)
  const starts = new Int32Array(problem.requests.length + 1)
  for (const [entry, { count = 1 }] of problem.requests.entries()) {
    starts[entry + 1] = (starts[entry] ?? 0) + count
  }
  const total = starts[problem.requests.length] ?? 0
  const placements = new Array<FleetPlacement | undefined>(total).fill(undefined)
  for (const [number, { entries }] of demands.entries()) {
    const counts = [...(placed[number] ?? [])]
    let option = 0
    for (const entry of entries) {
      const request = problem.requests[entry]
      const { count = 1 } = request ?? {}
      for (let index = 0; index < count; index += 1) {
        while (option < counts.length && (counts[option] ?? 0) === 0) option += 1
        if (option >= counts.length) break
        counts[option] = (counts[option] ?? 0) - 1
        const slot = slotsOf[number]?.[option] ?? 0
        const at = taken[slot] ?? 0
        taken[slot] = at + 1
        const gpu = free[slot]?.gpus[at]
        const place = free[slot]?.places[at] ?? null
        if (gpu === undefined) continue
        const profiles = cells[slots[slot]?.cell ?? 0]?.model.tables.profiles ?? []
        placements[(starts[entry] ?? 0) + index] = {
          request: requestName(request, index),
          entry,
          gpu,
          profileId: place === null ? null : (profiles[place.profilePosition]?.profile.id ?? null),
          placement: place === null ? null : place.placement,
        }
      }
    }
  }
  return placements.filter((placement) => placement !== undefined)
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

export function gpuName({ id, count }: FleetGpu, index: number): string {
  return count === undefined ? id : `${id}/${index}`
}

export function requestName(
  request: { readonly id?: string; readonly count?: number } | undefined,
  index: number,
): string | null {
  if (request?.id === undefined) return null
  return request.count === undefined ? request.id : `${request.id}/${index}`
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
