import type { FleetPlan } from '../../../types/fleet/moves.js'
import type {
  ApplyPlanOptions,
  FleetAnswer,
  FleetRun,
  FleetRunStage,
} from '../../../types/fleet/online.js'
import { invalid } from '../model/invalid.js'
import type { FleetInside } from './fleet-inside.js'
import type { FleetState } from './fleet-state.js'
import { createMovers, type Movers } from './movers.js'
import { createPlannedRoom } from './planned-room.js'
import { type PlannedStep, readPlan } from './read-plan.js'

const path = ['plan']

/** Starts to carry out a plan. Throws `MIG_FLEET_INVALID` if the fleet is no longer as the plan found it. */
export function runPlan(
  inside: FleetInside,
  given: FleetPlan,
  { request }: ApplyPlanOptions,
): FleetRun {
  const { state, placer } = inside
  const { stages, movers: moving, ends, room } = readPlan(state, given)
  if (room === null && request !== undefined) throw invalid(['request'], 'has no place in the plan')
  if (room !== null && request === undefined) {
    throw invalid(['request'], 'is missing, but the plan makes room for one')
  }
  if (room !== null && request !== undefined) placer.check(request, room)
  const movers = createMovers(inside, moving, ends)
  const planned = createPlannedRoom(state)
  planned.claimIdle(stages.flat())
  planned.claim(stages.flat())
  let next = 0
  let begun: readonly PlannedStep[] | null = null
  let givenUp = false

  const leave = (step: PlannedStep): void => {
    const { move, stop } = step
    if (move === null) {
      planned.clearIdle(step)
      return
    }
    if (stop && movers.isThere(move)) movers.stop(move)
    else planned.clear(move)
  }
  const changeOver = (step: PlannedStep, move: number): void => {
    if (movers.isAt(move, step)) return
    planned.drop(step)
    const before = movers.isThere(move) ? movers.arrive(move, step) : null
    if (before !== null) planned.keep(move, before)
  }
  const placeRequest = (step: PlannedStep): FleetAnswer | null => {
    planned.drop(step)
    if (request === undefined) return null
    return planned.whileOpen(step.gpu, () => placer.place(request, room, false))
  }

  return {
    stages: stages.length,
    begin: () => {
      if (givenUp) throw invalid(path, 'was given up')
      if (begun !== null) throw invalid(path, `is in stage ${next - 1}, which is not done`)
      const steps = stages[next]
      if (steps === undefined) return null
      for (const step of steps) requireOpen(state, step)
      const stage = describeStage(next, steps, movers)
      for (const step of steps) if (step.kind === 'destroy') leave(step)
      for (const step of steps) {
        if (step.kind === 'destroy') continue
        if (step.move === null || movers.isThere(step.move)) planned.create(step)
        else planned.drop(step)
      }
      begun = steps
      next += 1
      return stage
    },
    moved: (id) => {
      const step = begun?.find(
        ({ kind, move }) => kind === 'create' && move !== null && moving[move]?.request === id,
      )
      const move = step?.move ?? -1
      if (step === undefined || !movers.isThere(move)) {
        throw invalid(['id'], `is ${id}, which the stage does not move`)
      }
      changeOver(step, move)
      return movers.describe(move)
    },
    done: () => {
      if (begun === null) throw invalid(path, 'has no stage that has begun')
      let answer: FleetAnswer | null = null
      for (const step of begun) {
        if (step.kind === 'destroy') continue
        if (step.move === null) answer = placeRequest(step)
        else changeOver(step, step.move)
      }
      begun = null
      if (next < stages.length) planned.claim(stages.slice(next).flat())
      else {
        planned.clearAll()
        movers.settle()
      }
      return answer
    },
    giveUp: () => {
      const isDone = next === stages.length && begun === null
      if (givenUp || isDone) return { nodes: [], stopped: [] }
      givenUp = true
      begun = null
      planned.clearAll()
      return { stopped: movers.settle(), nodes: listNodes(stages.flat()) }
    },
  }
}

function requireOpen({ gpuByName, closed }: FleetState, { kind, gpu }: PlannedStep): void {
  if (kind === 'destroy') return
  if (gpuByName.get(gpu.name) !== gpu) throw invalid(path, `needs ${gpu.name}, which has left`)
  if (closed.get(gpu) ?? gpu.cordoned) throw invalid(path, `needs ${gpu.name}, which is cordoned`)
}

function describeStage(
  number: number,
  steps: readonly PlannedStep[],
  movers: Movers,
): FleetRunStage {
  return {
    number,
    steps: steps.map((step) => step.number),
    nodes: listNodes(steps),
    stops: steps.flatMap(({ stop, move }) =>
      stop && move !== null && movers.isThere(move) ? [movers.idOf(move)] : [],
    ),
    moves: steps.flatMap(({ kind, move, at }) =>
      kind === 'create' && move !== null && movers.isThere(move)
        ? [{ request: movers.idOf(move), from: movers.placeOf(move), to: at }]
        : [],
    ),
  }
}

/** As `configureNodes` names them: a GPU without a node is a node of its own. */
function listNodes(steps: readonly PlannedStep[]): readonly string[] {
  return [...new Set(steps.map(({ gpu }) => gpu.given.node ?? gpu.name))]
}
