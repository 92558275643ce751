import type { FleetPlanPlace } from '../../../../types/fleet/moves.js'
import type { FleetInstance } from '../../../../types/fleet/pack.js'
import { isPlainObject } from '../../../model/checks/find-fault.js'
import { type CompiledPlacement, placeOf } from '../../../solver/tables/tables.js'
import { fault } from '../../model/answer-fault.js'
import { mayClear } from '../../model/idle-instance.js'
import type { FleetGpuEntry } from '../../model/read-gpus.js'
import type { PlanQuestion } from './plan-question.js'

/** An instance on a GPU, for as long as the steps are carried out. */
export interface Occupant {
  readonly place: CompiledPlacement
  /** Null: it belongs to the request. */
  readonly given: FleetInstance | null
}

export interface ReplayedGpu {
  readonly name: string
  readonly entry: FleetGpuEntry
  readonly before: readonly Occupant[]
  now: readonly Occupant[]
}

/** A place of one step. */
export interface Spot {
  readonly gpu: ReplayedGpu
  readonly place: CompiledPlacement
}

/** A move, and how far it has come. */
export interface ReplayedMove {
  readonly given: FleetInstance
  readonly kind: number
  readonly cost: number
  readonly from: Spot
  readonly to: Spot
  /** Where the instance exists now, the oldest first. */
  readonly at: Spot[]
}

export function findGpu(
  { entryOf }: PlanQuestion,
  gpus: Map<string, ReplayedGpu>,
  name: unknown,
): ReplayedGpu {
  const entry = entryOf(name)
  if (typeof name !== 'string' || entry === undefined) fault(`the fleet has no GPU ${String(name)}`)
  if (entry.state < 0) fault(`GPU ${name} has MIG off`)
  const known = gpus.get(name)
  if (known !== undefined) return known
  const before = (entry.gpu.layout ?? []).map((instance): Occupant => {
    const place = placeOf(entry.model.tables, instance)
    if (place === null) throw new Error('a layout that was checked has its places')
    return { place, given: instance }
  })
  const gpu = { name, entry, before, now: before }
  gpus.set(name, gpu)
  return gpu
}

export function readSpot(
  gpuAt: (name: unknown) => ReplayedGpu,
  { gpu: name, profileId, placement }: FleetPlanPlace,
  path: string,
): Spot {
  const gpu = gpuAt(name)
  const place = isPlainObject(placement)
    ? placeOf(gpu.entry.model.tables, { profileId, placement })
    : null
  if (place === null) fault(`${path} is no place of GPU ${gpu.name}`)
  return { gpu, place }
}

export function spotKey({ gpu, place }: Spot): string {
  return `${place.number}:${gpu.name}`
}

/** Returns whether an idle instance is taken, and nothing created. */
export function create({ gpu, place }: Spot, given: FleetInstance | null, path: string): boolean {
  const { states } = gpu.entry.model.tables
  const idle = gpu.now.find((each) => each.place === place && each.given?.idle === true)
  if (idle !== undefined) {
    gpu.now = [...gpu.now.filter((each) => each !== idle), { place, given }]
    return true
  }
  let state = 0
  for (const occupant of gpu.now) state = states.nextOf(state)[occupant.place.number] ?? -1
  if (state < 0 || (states.nextOf(state)[place.number] ?? -1) < 0)
    fault(`${path} creates an instance where there is no room`)
  gpu.now = [...gpu.now, { place, given }]
  return false
}

export function clear({ clearIdle }: PlanQuestion, { gpu, place }: Spot, path: string): void {
  const idle = gpu.now.find((each) => each.place === place && each.given?.idle === true)
  if (idle?.given == null) fault(`${path} clears what is not idle`)
  if (!clearIdle || !mayClear(idle.given)) fault(`${path} clears an idle instance that has to stay`)
  gpu.now = gpu.now.filter((each) => each !== idle)
}
