import type { FleetPlan, FleetStep } from '../../../types/fleet/moves.js'
import { cached } from '../../model/cached.js'
import type { CompiledPlacement } from '../../solver/tables/tables.js'
import type { AccessGroup } from './access-groups.js'
import { describeInstance, listInstances, type Occupant } from './describe-plan.js'
import type { MoveGpu } from './move-gpu.js'
import type { NamedMove, PlaceOnGpu } from './name-moves.js'

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
    isFree: (place) => stateOf(gpuAt(place), place.place) >= 0,
    create: (move, to, detour) => {
      const target = gpuAt(to)
      target.now = [...target.now, { place: to.place, instance: move.instance }]
      steps.push({
        kind: 'create',
        gpu: to.gpu.name,
        instance: describeInstance(to, move.instance, requestId),
        move: move.number,
        detour,
        stop: false,
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
  const before = gpu.instances.map((instance) => ({ place: instance.place, instance }))
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
