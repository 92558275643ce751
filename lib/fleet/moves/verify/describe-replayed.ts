import type {
  FleetPlan,
  FleetPlanGpu,
  FleetPlanInstance,
  FleetPlanPlace,
  FleetStep,
} from '../../../../types/fleet/moves.js'
import type { FleetInstance } from '../../../../types/fleet/pack.js'
import type { PlanQuestion } from './plan-question.js'
import type { Occupant, ReplayedGpu, ReplayedMove, Spot } from './replayed-gpu.js'

/** What a step says of itself. */
export interface StepFlags extends Pick<FleetStep, 'detour' | 'stop'> {
  readonly idle: boolean
}

export const noFlags: StepFlags = { detour: false, stop: false, idle: false }

export function describeSpot({ gpu, place }: Spot): FleetPlanPlace {
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

export function describeStep(
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

export function describePlan(
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
