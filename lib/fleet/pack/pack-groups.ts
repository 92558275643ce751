import type { FleetGoal, FleetRequest, PackFleetProblem } from '../../../types/fleet/pack.js'
import { requireResiduals } from '../../solver/tables/tables.js'
import { oneOf, requireList, requireObject } from '../model/check-form.js'
import {
  createFleetModels,
  type FleetGpuEntry,
  type FleetModel,
  type FleetModels,
  readGpus,
  wholeHeldState,
  wholeState,
} from '../model/fleet-model.js'
import { checkIds, findOptions, readRequests } from '../model/fleet-request.js'
import { mayEnter } from '../model/gpu-filter.js'
import { limitSums } from '../model/limits.js'
import { listPatterns, type Pattern } from '../program/patterns.js'

const goals = oneOf('gpus', 'memory', 'cost')

/** Requests with equal ones of these have one door: the same GPUs may serve them. */
type Entrance = Pick<FleetRequest, 'where' | 'reservation'>

/** Requests that differ in nothing that counts. */
export interface DemandGroup {
  readonly number: number
  readonly entries: number[]
  count: number
  readonly value: number
  readonly door: number
  /** By model: positions of the profiles that serve, the best first. */
  readonly options: readonly (readonly number[])[]
}

/** GPUs that differ in nothing that counts: one model, one future, one price, the same ways in. */
export interface GpuGroup {
  readonly number: number
  readonly model: FleetModel
  readonly cell: number
  /** -1: MIG is off. */
  readonly classNumber: number
  readonly inUse: boolean
  /** Of using one of them: what `objective: 'cost'` adds up; 0 of those in use. */
  readonly cost: number
  readonly members: FleetGpuEntry[]
  count: number
}

/** A model, and which doors lead to it. */
export interface Cell {
  readonly number: number
  readonly model: FleetModel
  readonly doors: readonly boolean[]
}

export interface PackGroups {
  readonly problem: PackFleetProblem
  readonly goal: FleetGoal
  readonly models: FleetModels
  readonly gpus: readonly FleetGpuEntry[]
  readonly demands: readonly DemandGroup[]
  readonly demandOf: Int32Array
  readonly cells: readonly Cell[]
  readonly groups: readonly GpuGroup[]
  /** GPUs that hold something now. */
  readonly inUse: number
}

/** Throws before anything is solved: see `readRequest`, `readGpus`, `findOptions`. */
export function groupFleet(given: PackFleetProblem): PackGroups {
  requireObject(given, ['problem'])
  const { objective: goal = 'gpus', requests: asked, gpus: there } = given
  goals(goal, [], 'objective')
  requireList(asked, ['requests'])
  const models = createFleetModels()
  const gpus = readGpus(models, there)
  const requests = readRequests(asked)
  const problem = { requests, gpus: gpus.map(({ gpu }) => gpu), objective: goal }
  checkIds(requests, heldIds(gpus))
  limitSums(requests, problem.gpus, goal === 'memory' ? largestMiB(models) : 1)
  const doors = new Map<string, number>()
  const { demands, demandOf } = groupRequests(problem, models, doors)
  const { cells, groups } = groupGpus(gpus, doors, goal)
  const inUse = gpus.reduce((sum, gpu) => sum + (gpu.inUse ? gpu.count : 0), 0)
  return { problem, goal, models, gpus, demands, demandOf, cells, groups, inUse }
}

function largestMiB({ list }: FleetModels): number {
  return list.reduce(
    (most, { tables }) =>
      tables.profiles.reduce((above, { profile }) => Math.max(above, profile.memoryMiB), most),
    1,
  )
}

/** What a GPU group can take at most of what is asked for. */
export function patternsOf(
  { model, classNumber }: GpuGroup,
  asked: readonly number[],
): readonly Pattern[] {
  const whole = model.tables.profiles.length
  if (classNumber < 0) {
    return asked.includes(whole) ? [[...model.tables.profiles.map(() => 0), 1]] : []
  }
  return listPatterns(
    model.tables,
    classNumber,
    asked.filter((position) => position < whole),
  )
}

function heldIds(gpus: readonly FleetGpuEntry[]): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const { gpu } of gpus) {
    if (gpu.heldBy !== undefined) ids.add(gpu.heldBy)
    for (const { id } of gpu.layout ?? []) if (id !== undefined) ids.add(id)
  }
  return ids
}

function groupRequests(
  { requests }: PackFleetProblem,
  models: FleetModels,
  doors: Map<string, number>,
): Pick<PackGroups, 'demands' | 'demandOf'> {
  const demands: DemandGroup[] = []
  const demandOf = new Int32Array(requests.length)
  const byWish = new Map<string | number | undefined, readonly (readonly number[])[]>()
  const byKey = new Map<string, DemandGroup>()
  const plain = new Map<string | number, DemandGroup>()
  for (const [entry, request] of requests.entries()) {
    const { profile, need, where, reservation, value = 1, count = 1 } = request
    const isPlain = profile !== undefined && where === undefined && reservation === undefined
    let group = isPlain && value === 1 ? plain.get(profile) : undefined
    if (group === undefined) {
      const wish = profile ?? (need === undefined ? undefined : JSON.stringify(need))
      const wishKey = typeof wish === 'string' && need !== undefined ? `need ${wish}` : wish
      let options = byWish.get(wishKey)
      if (options === undefined) {
        options = findOptions(models, request, ['requests', entry])
        byWish.set(wishKey, options)
      }
      const doorText = JSON.stringify({ where, reservation })
      const door = doors.get(doorText) ?? doors.size
      doors.set(doorText, door)
      const key = `${door}:${value}:${JSON.stringify(options)}`
      group = byKey.get(key)
      if (group === undefined) {
        group = { number: demands.length, entries: [], count: 0, value, door, options }
        demands.push(group)
        byKey.set(key, group)
      }
      if (isPlain && value === 1) plain.set(profile, group)
    }
    group.entries.push(entry)
    group.count += count
    demandOf[entry] = group.number
  }
  return { demands, demandOf }
}

function groupGpus(
  gpus: readonly FleetGpuEntry[],
  doors: ReadonlyMap<string, number>,
  goal: FleetGoal,
): Pick<PackGroups, 'cells' | 'groups'> {
  const keys = [...doors.keys()].map((text) => JSON.parse(text) as Entrance)
  const allOpen =
    keys.every(({ where }) => where === undefined) &&
    gpus.every(({ gpu }) => gpu.reservation === undefined && gpu.cordoned !== true)
  const cells: Cell[] = []
  const groups: GpuGroup[] = []
  const cellByKey = new Map<string, Cell>()
  const byKey = new Map<string, GpuGroup>()
  let last: GpuGroup | undefined
  let lastState = -1
  for (const entry of gpus) {
    const { gpu, model, state, inUse } = entry
    if (state === wholeHeldState || entry.count === 0) continue
    // Lists are long and mostly of one kind.
    const isLike = allOpen && last?.model === model && lastState === state && goal !== 'cost'
    let group = isLike && last?.inUse === inUse ? last : undefined
    if (group === undefined) {
      const classNumber =
        state === wholeState ? -1 : (requireResiduals(model.tables).classOf[state] ?? 0)
      const doorsOpen = keys.map((door) => allOpen || mayEnter(gpu, door))
      const cellKey = `${model.number}:${doorsOpen.map(Number).join('')}`
      let cell = cellByKey.get(cellKey)
      if (cell === undefined) {
        cell = { number: cells.length, model, doors: doorsOpen }
        cells.push(cell)
        cellByKey.set(cellKey, cell)
      }
      const cost = goal === 'cost' && !inUse ? (gpu.cost ?? 0) : 0
      const key = `${cell.number}:${classNumber}:${inUse}:${cost}`
      group = byKey.get(key)
      if (group === undefined) {
        const number = groups.length
        group = {
          number,
          model,
          cell: cell.number,
          classNumber,
          inUse,
          cost,
          members: [],
          count: 0,
        }
        groups.push(group)
        byKey.set(key, group)
      }
      last = group
      lastState = state
    }
    group.members.push(entry)
    group.count += entry.count
  }
  return { cells, groups }
}
