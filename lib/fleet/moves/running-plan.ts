import type { FleetPlan, FleetStep } from '../../../types/fleet/moves.js'
import { cached } from '../../model/cached.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import type { AccessGroup } from './access-groups.js'
import { describeInstance, listInstances, type Occupant } from './describe-plan.js'
import type { PlaceOnGpu } from './free-places.js'
import { isIdle, type MoveGpu } from './move-gpu.js'
import type { NamedMove } from './name-moves.js'

/** A GPU while a plan is carried out. */
export interface PlannedGpu {
  readonly gpu: MoveGpu
  readonly accessGroup: AccessGroup
  readonly before: readonly Occupant[]
  now: readonly Occupant[]
}

/** A move that is not done yet. */
export interface PendingMove extends NamedMove {
  /** Position in the moves of the plan; null: it is the request. */
  readonly number: number | null
  /** Where the instance is now; null: nowhere. */
  at: PlaceOnGpu | null
}

/** The steps so far, and the GPUs as they leave them. */
export interface RunningPlan {
  readonly steps: readonly FleetStep[]
  readonly create: (move: PendingMove, to: PlaceOnGpu, detour: boolean) => void
  readonly destroy: (move: PendingMove, at: PlaceOnGpu, stop: boolean) => void
  readonly isFree: (place: PlaceOnGpu) => boolean
  /** Undefined: the GPU has played no part so far. */
  readonly find: (gpu: MoveGpu) => PlannedGpu | undefined
  readonly listChanged: () => FleetPlan['gpus']
}

export function createRunningPlan(requestId: string | null): RunningPlan {
  const gpus = new Map<MoveGpu, PlannedGpu>()
  const steps: FleetStep[] = []
  const gpuAt = ({ gpu, accessGroup }: PlaceOnGpu): PlannedGpu =>
    cached(gpus, gpu, () => startGpu(gpu, accessGroup))
  return {
    steps,
    find: (gpu) => gpus.get(gpu),
    isFree: (place) => makeWay(gpuAt(place), place.place) !== null,
    create: (move, to, detour) => {
      const target = gpuAt(to)
      const gone = makeWay(target, to.place) ?? []
      const isTaken = gone.some(({ place }) => place === to.place)
      for (const { place, instance } of isTaken ? [] : gone) {
        steps.push({
          kind: 'destroy',
          gpu: to.gpu.name,
          instance: describeInstance({ ...to, place }, instance, requestId),
          move: null,
          detour: false,
          stop: false,
          idle: true,
        })
      }
      const left = target.now.filter((each) => !gone.includes(each))
      target.now = [...left, { place: to.place, instance: move.instance }]
      steps.push({
        kind: 'create',
        gpu: to.gpu.name,
        instance: describeInstance(to, move.instance, requestId),
        move: move.number,
        detour,
        stop: false,
        ...(isTaken && { idle: true }),
      })
    },
    destroy: (move, at, stop) => {
      const source = gpuAt(at)
      source.now = source.now.filter(({ place }) => place !== at.place)
      steps.push({
        kind: 'destroy',
        gpu: at.gpu.name,
        instance: describeInstance(at, move.instance, requestId),
        move: move.number,
        detour: move.from !== at,
        stop,
      })
    },
    listChanged: () =>
      [...gpus.values()]
        .filter(({ before, now }) => before !== now)
        .sort((a, b) => a.gpu.position - b.gpu.position)
        .map(({ gpu, accessGroup, before, now }) => ({
          gpu: gpu.name,
          node: gpu.node,
          before: listInstances(gpu, accessGroup, before, requestId),
          after: listInstances(gpu, accessGroup, now, requestId),
        })),
  }
}

export function startGpu(gpu: MoveGpu, accessGroup: AccessGroup): PlannedGpu {
  const all = gpu.idle.length === 0 ? gpu.instances : [...gpu.instances, ...gpu.idle]
  const before = all.map((instance) => ({ place: instance.place, instance }))
  return { gpu, accessGroup, before, now: before }
}

/** State of the GPU, with an instance at `place` if one is given. -1: that place is not free now. */
export function stateOf(
  { accessGroup, now }: Pick<PlannedGpu, 'accessGroup' | 'now'>,
  place: CompiledPlacement | null,
): number {
  const { states } = accessGroup.model.tables
  let state = 0
  for (const occupant of now) state = states.nextOf(state)[occupant.place.number] ?? -1
  return place === null ? state : (states.nextOf(state)[place.number] ?? -1)
}

/**
 * The idle instances that go for an instance at this place: the one that is there exactly, or those that have to be cleared.
 * Null: the place is not free.
 */
function makeWay(planned: PlannedGpu, place: CompiledPlacement): readonly Occupant[] | null {
  if (stateOf(planned, place) >= 0) return []
  const own = planned.now.find((each) => isIdle(each.instance) && each.place === place)
  if (own !== undefined) return [own]
  const { accessGroup, gpu } = planned
  const idle = planned.now.filter(
    ({ instance }) => instance !== null && gpu.idle.includes(instance),
  )
  const gone = idle.filter((each) => (each.place.mask & place.mask) !== 0)
  // Limits beside memory may need more of them to go.
  for (const each of [null, ...idle.filter((one) => !gone.includes(one))]) {
    if (each !== null) gone.push(each)
    const now = planned.now.filter((one) => !gone.includes(one))
    if (stateOf({ accessGroup, now }, place) >= 0) return gone
  }
  return null
}
