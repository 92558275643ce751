import type {
  FleetMove,
  FleetPlan,
  FleetPlanInstance,
  FleetPlanPlace,
  FleetStep,
} from '../../../../types/fleet/moves.js'
import type { FleetInstance } from '../../../../types/fleet/pack.js'
import { isPlainObject } from '../../../model/checks/find-fault.js'
import { fault } from '../../model/answer-fault.js'
import { mayClear } from '../../model/idle-instance.js'
import {
  describePlan,
  describeSpot,
  describeStep,
  noFlags,
  type StepFlags,
} from './describe-replayed.js'
import type { PlanQuestion } from './plan-question.js'
import {
  clear,
  create,
  findGpu,
  type ReplayedGpu,
  type ReplayedMove,
  readSpot,
  type Spot,
  spotKey,
} from './replayed-gpu.js'

/** A plan as its own steps describe it. */
export interface ReplayedPlan {
  /** The plan that belongs to these steps: whatever follows from them is computed anew. */
  readonly plan: FleetPlan
  /** Where the request is in the end. Null: the steps create nothing for it. */
  readonly requestAt: FleetPlanPlace | null
}

/**
 * Carries out a plan step by step, by the geometry alone. Throws `AnswerFault` for the first step that is not
 * legal, and for a move that its instance may not make.
 */
export function replayPlan(question: PlanQuestion, given: FleetPlan): ReplayedPlan {
  if (!isPlainObject(given)) fault('plan is no object')
  for (const part of ['gpus', 'moves', 'steps'] as const) {
    if (!Array.isArray(given[part]) || !given[part].every(isPlainObject))
      fault(`plan.${part} is no list of objects`)
  }
  const gpus = new Map<string, ReplayedGpu>()
  const gpuAt = (name: unknown): ReplayedGpu => findGpu(question, gpus, name)
  const moves = given.moves.map((move, index) => readMove(question, gpuAt, move, index))
  const moving = new Set(moves.map(({ from }) => spotKey(from)))
  if (moving.size < moves.length) fault('plan.moves has two moves of one instance')
  const steps: FleetStep[] = []
  let requestAt: FleetPlanPlace | null = null
  for (const [index, step] of given.steps.entries()) {
    const path = `plan.steps[${index}]`
    const spot = readSpot(gpuAt, { ...step, ...partsOf(step.instance) }, path)
    if (step.move === null && step.kind === 'destroy') {
      clear(question, spot, path)
      steps.push(describeStep(question, step, spot, idleInstance, noFlags))
      continue
    }
    if (step.move === null) {
      if (requestAt !== null || step.kind !== 'create') fault(`${path} is no step of a move`)
      requireMayCome(question, spot, question.wanted, path)
      const idle = create(spot, null, path)
      requestAt = describeSpot(spot)
      steps.push(describeStep(question, step, spot, null, { ...noFlags, idle }))
      continue
    }
    const move = moves[step.move]
    if (move === undefined) fault(`${path}.move is no position in plan.moves`)
    const flags =
      step.kind === 'create'
        ? createFor(question, move, spot, path)
        : destroyFor(question, move, spot, step, path)
    steps.push(describeStep(question, step, spot, move.given, flags))
  }
  for (const [index, { at, to }] of moves.entries()) {
    const [last] = at
    if (at.length !== 1 || last === undefined || spotKey(last) !== spotKey(to))
      fault(`plan.moves[${index}] does not end at its new place`)
  }
  return { plan: describePlan(question, gpus, moves, steps), requestAt }
}

/** Stands for any instance that is cleared. */
const idleInstance: FleetInstance = { profileId: 0, placement: { start: 0, size: 0 }, idle: true }

function partsOf(instance: FleetPlanInstance): Pick<FleetPlanPlace, 'profileId' | 'placement'> {
  if (!isPlainObject(instance)) fault('an instance of a step is no object')
  const { profileId, placement } = instance
  return { profileId, placement }
}

function readMove(
  { kinds, costOf }: PlanQuestion,
  gpuAt: (name: unknown) => ReplayedGpu,
  move: FleetMove,
  index: number,
): ReplayedMove {
  const path = `plan.moves[${index}]`
  const [from, to] = [move.from, move.to].map((end) => {
    if (!isPlainObject(end)) fault(`${path} has an end that is no object`)
    return readSpot(gpuAt, end, path)
  }) as [Spot, Spot]
  const { entry, before } = from.gpu
  const given = before.find(({ place }) => place === from.place)?.given
  if (given === undefined || given === null) fault(`${path} moves an instance that is not there`)
  const { kind, mayMove } = kinds.kindOf(entry, given, from.place.profilePosition)
  if (!mayMove) fault(`${path} moves an instance that has to stay`)
  if (spotKey(from) === spotKey(to)) fault(`${path} is no move at all`)
  return { given, kind, cost: costOf(given, entry.model.tables), from, to, at: [from] }
}

function requireMayCome(question: PlanQuestion, spot: Spot, kind: number, path: string): void {
  const { gpu, place } = spot
  if (question.mayCome(gpu.entry, kind, place.profilePosition)) return
  fault(`${path} creates an instance where it may not be`)
}

function createFor(
  question: PlanQuestion,
  move: ReplayedMove,
  spot: Spot,
  path: string,
): StepFlags {
  if (move.at.length > 1) fault(`${path} creates a third instance for one move`)
  requireMayCome(question, spot, move.kind, path)
  const idle = create(spot, move.given, path)
  move.at.push(spot)
  return { detour: spotKey(spot) !== spotKey(move.to), stop: false, idle }
}

function destroyFor(
  { clearIdle }: PlanQuestion,
  move: ReplayedMove,
  spot: Spot,
  step: FleetStep,
  path: string,
): StepFlags {
  if (step.kind !== 'destroy') fault(`${path}.kind is neither create nor destroy`)
  const [oldest] = move.at
  if (oldest === undefined || spotKey(oldest) !== spotKey(spot))
    fault(`${path} destroys what the move has not left`)
  const { gpu, place } = oldest
  const idle = gpu.before.find((each) => each.place === place && each.given?.idle === true)
  if (idle?.given != null && !(clearIdle && mayClear(idle.given)))
    fault(`${path} destroys an idle instance that has to stay`)
  gpu.now = gpu.now.filter((occupant) => occupant.place !== place)
  move.at.shift()
  return { detour: spotKey(spot) !== spotKey(move.from), stop: move.at.length === 0, idle: false }
}
