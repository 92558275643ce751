import type {
  FleetMove,
  FleetPlan,
  FleetPlanGpu,
  FleetPlanInstance,
  FleetPlanPlace,
  FleetStep,
} from '../../../../types/fleet/moves.js'
import type { FleetInstance } from '../../../../types/fleet/pack.js'
import { isPlainObject } from '../../../model/checks/find-fault.js'
import { type CompiledPlacement, placeOf } from '../../../solver/tables/tables.js'
import { fault } from '../../model/answer-fault.js'
import { mayClear } from '../../model/idle-instance.js'
import type { FleetGpuEntry } from '../../model/read-gpus.js'
import type { PlanQuestion } from './plan-question.js'

/** A plan as its own steps describe it. */
export interface ReplayedPlan {
  /** The plan that belongs to these steps: whatever follows from them is computed anew. */
  readonly plan: FleetPlan
  /** Where the request is in the end. Null: the steps create nothing for it. */
  readonly requestAt: FleetPlanPlace | null
}

/** An instance on a GPU, for as long as the steps are carried out. */
interface Occupant {
  readonly place: CompiledPlacement
  /** Null: it belongs to the request. */
  readonly given: FleetInstance | null
}

interface ReplayedGpu {
  readonly name: string
  readonly entry: FleetGpuEntry
  readonly before: readonly Occupant[]
  now: readonly Occupant[]
}

/** A place of one move. */
interface Spot {
  readonly gpu: ReplayedGpu
  readonly place: CompiledPlacement
}

interface ReplayedMove {
  readonly given: FleetInstance
  readonly kind: number
  readonly cost: number
  readonly from: Spot
  readonly to: Spot
  /** Where the instance exists now, the oldest first. */
  readonly at: Spot[]
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

function partsOf(instance: FleetPlanInstance): Pick<FleetPlanPlace, 'profileId' | 'placement'> {
  if (!isPlainObject(instance)) fault('an instance of a step is no object')
  const { profileId, placement } = instance
  return { profileId, placement }
}

function findGpu(
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

function readSpot(
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

function spotKey({ gpu, place }: Spot): string {
  return `${place.number}:${gpu.name}`
}

function requireMayCome(question: PlanQuestion, spot: Spot, kind: number, path: string): void {
  const { gpu, place } = spot
  if (question.mayCome(gpu.entry, kind, place.profilePosition)) return
  fault(`${path} creates an instance where it may not be`)
}

/** Returns whether an idle instance is taken, and nothing created. */
function create({ gpu, place }: Spot, given: FleetInstance | null, path: string): boolean {
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

/** Stands for any instance that is cleared. */
const idleInstance: FleetInstance = { profileId: 0, placement: { start: 0, size: 0 }, idle: true }

function clear({ clearIdle }: PlanQuestion, { gpu, place }: Spot, path: string): void {
  const idle = gpu.now.find((each) => each.place === place && each.given?.idle === true)
  if (idle?.given == null) fault(`${path} clears what is not idle`)
  if (!clearIdle || !mayClear(idle.given)) fault(`${path} clears an idle instance that has to stay`)
  gpu.now = gpu.now.filter((each) => each !== idle)
}

interface StepFlags extends Pick<FleetStep, 'detour' | 'stop'> {
  readonly idle: boolean
}

const noFlags: StepFlags = { detour: false, stop: false, idle: false }

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

function describeSpot({ gpu, place }: Spot): FleetPlanPlace {
  const { profileId } = describeInstance(gpu, { place, given: null }, null)
  return { gpu: gpu.name, profileId, placement: place.placement }
}

function describeInstance(
  { entry }: ReplayedGpu,
  { place, given }: Occupant,
  requestId: string | null,
): FleetPlanInstance {
  const profile = entry.model.tables.profiles[place.profilePosition]?.profile
  if (profile === undefined) throw new Error('a place has a profile')
  return {
    request: given === null ? requestId : (given.id ?? null),
    profileId: profile.id,
    profileName: profile.name,
    sliceCount: profile.sliceCount,
    placement: place.placement,
    ...(given?.idle === true && { idle: true }),
  }
}

function describeStep(
  { requestId }: PlanQuestion,
  { kind, move }: FleetStep,
  { gpu, place }: Spot,
  given: FleetInstance | null,
  { detour, stop, idle }: StepFlags,
): FleetStep {
  const instance = describeInstance(gpu, { place, given }, requestId)
  const isIdle = idle || given?.idle === true
  return { kind, gpu: gpu.name, instance, move, detour, stop, ...(isIdle && { idle: true }) }
}

function describePlan(
  { requestId }: PlanQuestion,
  gpus: ReadonlyMap<string, ReplayedGpu>,
  moves: readonly ReplayedMove[],
  steps: readonly FleetStep[],
): FleetPlan {
  const describeAll = (gpu: ReplayedGpu, all: readonly Occupant[]): readonly FleetPlanInstance[] =>
    all
      .map((occupant) => describeInstance(gpu, occupant, requestId))
      .sort((a, b) => a.placement.start - b.placement.start || a.profileId - b.profileId)
  const numberOf = ({ name }: ReplayedGpu): number => Number(name.slice(name.lastIndexOf('/') + 1))
  return {
    gpus: [...gpus.values()]
      .filter(({ before, now }) => before !== now)
      .sort(
        (a, b) =>
          a.entry.position - b.entry.position ||
          (a.entry === b.entry ? numberOf(a) - numberOf(b) : 0),
      )
      .map(
        (gpu): FleetPlanGpu => ({
          gpu: gpu.name,
          node: gpu.entry.gpu.node ?? null,
          before: describeAll(gpu, gpu.before),
          after: describeAll(gpu, gpu.now),
        }),
      ),
    moves: moves.map(({ given, from, to, cost }) => ({
      request: given.id ?? null,
      from: describeSpot(from),
      to: describeSpot(to),
      cost,
    })),
    cost: moves.reduce((sum, { cost }) => sum + cost, 0),
    steps,
    detours: steps.filter(({ kind, detour }) => kind === 'create' && detour).length,
    stops: steps.filter(({ stop }) => stop).length,
  }
}
