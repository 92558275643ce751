import type { FleetPlan, FleetPlanPlace, FleetStep } from '../../../types/fleet/moves.js'
import type { FleetPlace } from '../../../types/fleet/online.js'
import { copyPlain } from '../../model/copy-plain.js'
import { placeOf } from '../../solver/tables/tables.js'
import { checkForm } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'
import { numberStages } from '../model/plan-stages.js'
import { findMoving } from './admit-request.js'
import { planForm } from './fleet-forms.js'
import type { FleetState, Holding, OnlineGpu } from './fleet-state.js'
import { findIdleAt } from './idle-instances.js'
import { checkMoves } from './move-holdings.js'

/** A step of a plan on the GPUs of this fleet. */
export interface PlannedStep {
  /** Position in `plan.steps`. */
  readonly number: number
  readonly kind: FleetStep['kind']
  readonly gpu: OnlineGpu
  readonly place: number
  readonly at: FleetPlanPlace
  /** Null: the step belongs to the request. */
  readonly move: number | null
  readonly stop: boolean
  /** The idle instance that the step takes or clears. Null: it does neither. */
  readonly idle: Holding | null
}

export interface ReadPlan {
  /** By stage. */
  readonly stages: readonly (readonly PlannedStep[])[]
  /** By number of the move. */
  readonly movers: readonly Holding[]
  /** Where each of them is to be in the end. */
  readonly ends: readonly Pick<Holding, 'gpu' | 'place'>[]
  /** The place of the request. Null: the plan has none. */
  readonly room: FleetPlace | null
}

/** Throws `MIG_FLEET_INVALID` for a plan that the fleet, as it is now, cannot carry out. */
export function readPlan(state: FleetState, given: FleetPlan): ReadPlan {
  const plan = copyPlain(given)
  checkForm(plan, planForm, ['plan'])
  const moves = plan.moves.map((move, index) => ({
    holding: findMoving(state, move, ['plan', 'moves', index]),
    to: move.to,
  }))
  const checked = checkMoves(state, moves, ['plan', 'moves'])
  const steps = plan.steps.map((step, number) => readStep(state, step, number))
  followMoves(
    steps,
    checked.map(({ holding }) => holding),
    checked,
  )
  followGpus(steps)
  const stageOf = numberStages(plan)
  const count = stageOf.reduce((most, stage) => Math.max(most, stage + 1), 0)
  const own = steps.filter(({ move, kind }) => move === null && kind === 'create')
  if (own.length > 1) throw invalid(['plan', 'steps'], 'have two instances without a move')
  return {
    stages: Array.from({ length: count }, (_, stage) =>
      steps.filter(({ number }) => stageOf[number] === stage),
    ),
    movers: checked.map(({ holding }) => holding),
    ends: checked,
    room: own[0]?.at ?? null,
  }
}

function readStep(state: FleetState, step: FleetStep, number: number): PlannedStep {
  const { kind, gpu: name, instance, move, stop, idle: isIdle = false } = step
  const path = ['plan', 'steps', number]
  const gpu = state.gpuByName.get(name)
  if (gpu === undefined) throw invalid(path, `changes ${name}, which is no GPU of the fleet`)
  if (kind === 'create' && gpu.cordoned) throw invalid(path, `changes ${name}, which is cordoned`)
  const { profileId, placement } = instance
  const isWhole = gpu.pool.capacity.kind === 'whole'
  const place = isWhole ? null : placeOf(gpu.pool.model.tables, instance)
  if (place === null) throw invalid(path, `has a place that ${name} does not have`)
  const idle = isIdle ? findIdleAt(gpu, place.number) : null
  if (isIdle && idle === null)
    throw invalid(path, `needs what was idle on ${name} and is no longer`)
  if (kind === 'destroy' && idle?.pinned === true) throw invalid(path, 'clears what is pinned')
  return {
    number,
    kind,
    gpu,
    place: place.number,
    at: { gpu: name, profileId, placement },
    move,
    stop,
    idle,
  }
}

/** Each move creates before it destroys, unless it stops, and ends where the plan says. */
function followMoves(
  steps: readonly PlannedStep[],
  movers: readonly Holding[],
  ends: readonly Pick<Holding, 'gpu' | 'place'>[],
): void {
  const wrong = (number: number): Error =>
    invalid(['plan', 'steps', number], 'does not follow from the steps before it')
  const at = movers.map(({ gpu, place }) => [{ gpu, place }])
  for (const { number, kind, gpu, place, move, stop, idle } of steps) {
    const places = move === null ? null : at[move]
    if (places === undefined) throw wrong(number)
    if (places === null) {
      if (kind === 'destroy' && idle === null) throw wrong(number)
      continue
    }
    if (kind === 'create') {
      if (places.length > 1) throw wrong(number)
      places.push({ gpu, place })
      continue
    }
    const [first] = places
    if (first?.gpu !== gpu || first.place !== place || stop !== (places.length === 1)) {
      throw wrong(number)
    }
    places.shift()
  }
  for (const [move, places] of at.entries()) {
    const [last] = places
    const end = ends[move]
    if (places.length === 1 && last?.gpu === end?.gpu && last?.place === end?.place) continue
    throw invalid(['plan', 'moves', move], 'does not end where it goes to')
  }
}

/** Each step has to be legal on its GPU, beside everything that the fleet holds there now. */
function followGpus(steps: readonly PlannedStep[]): void {
  const layouts = new Map<OnlineGpu, number>()
  for (const { number, kind, gpu, place, idle } of steps) {
    if (kind === 'create' && idle !== null) continue
    const layout = layoutAfter(gpu, layouts.get(gpu) ?? layoutOf(gpu), kind, place)
    if (layout < 0) {
      throw invalid(['plan', 'steps', number], `is no longer possible on ${gpu.name}`)
    }
    layouts.set(gpu, layout)
  }
}

export function layoutOf({ pool: { capacity }, number }: OnlineGpu): number {
  return capacity.kind === 'whole' ? -1 : (capacity.buckets.layoutOf[number] ?? -1)
}

/** -1: it is not legal. */
export function layoutAfter(
  { pool: { capacity } }: OnlineGpu,
  layout: number,
  kind: FleetStep['kind'],
  place: number,
): number {
  if (capacity.kind === 'whole' || layout < 0) return -1
  const { next, previous, placeCount } = capacity.table
  return (kind === 'create' ? next : previous)[layout * placeCount + place] ?? -1
}
