import type { FleetPlan, FleetPlanInstance, FleetStep } from '../../types/fleet/moves.js'
import type { NaiveGpu } from './naive-gpu.js'

/** A GPU with the spots that are taken. */
export interface ReplayedGpu {
  readonly id: string
  readonly gpu: NaiveGpu
  readonly there: number
}

/**
 * What is wrong with a plan, if anything: carried out step by step on lists of all legal sets of spots.
 * A step may not meet what is not as it says, and a move may not be broken before it is made unless the
 * step says so. `pinned` holds spots by GPU that may never become free.
 */
export function findAnswerFault(
  gpus: readonly ReplayedGpu[],
  plan: FleetPlan,
  pinned: ReadonlyMap<string, number> = new Map(),
): string | null {
  const now = new Map(gpus.map(({ id, there }) => [id, there]))
  const alive = plan.moves.map(() => 1)
  let stops = 0
  for (const [index, step] of plan.steps.entries()) {
    const at = gpus.find(({ id }) => id === step.gpu)
    if (at === undefined) return `step ${index}: no GPU ${step.gpu}`
    const bit = bitOf(at.gpu, step.instance)
    const before = now.get(step.gpu) ?? 0
    const isThere = (before & bit) !== 0
    if (bit === 0) return `step ${index}: no such place`
    if (isThere !== (step.kind === 'destroy')) return `step ${index}: ${step.kind} ${before}/${bit}`
    const after = before ^ bit
    if (!at.gpu.sets.includes(after)) return `step ${index}: not legal`
    if ((after & (pinned.get(step.gpu) ?? 0)) !== (pinned.get(step.gpu) ?? 0)) {
      return `step ${index}: pinned`
    }
    now.set(step.gpu, after)
    if (step.move === null) continue
    alive[step.move] = (alive[step.move] ?? 0) + (step.kind === 'create' ? 1 : -1)
    const isStopped = alive[step.move] === 0
    if (isStopped !== step.stop) return `step ${index}: ${isStopped ? 'an unsaid' : 'no'} stop`
    if (isStopped) stops += 1
  }
  if (stops !== plan.stops) return `${stops} stops`
  if (alive.some((count) => count !== 1)) return 'a move that does not end'
  return findEndFault(gpus, plan, now)
}

function findEndFault(
  gpus: readonly ReplayedGpu[],
  plan: FleetPlan,
  now: ReadonlyMap<string, number>,
): string | null {
  for (const { id, gpu, there } of gpus) {
    const planned = plan.gpus.find((each) => each.gpu === id)
    if (planned === undefined) {
      if (now.get(id) !== there) return `${id} changes unsaid`
      continue
    }
    if (setOf(gpu, planned.before) !== there) return `${id} was something else`
    if (setOf(gpu, planned.after) !== now.get(id)) return `${id} becomes something else`
  }
  for (const [number, { from, to }] of plan.moves.entries()) {
    const mine = plan.steps.filter(({ move, detour }) => move === number && !detour)
    if (!isStep(mine, 'destroy', from) || !isStep(mine, 'create', to)) return `move ${number}`
    if (from.gpu === to.gpu && from.placement.start === to.placement.start) return 'no move at all'
  }
  return null
}

function isStep(
  steps: readonly FleetStep[],
  kind: FleetStep['kind'],
  { gpu, profileId, placement }: FleetPlan['moves'][number]['from'],
): boolean {
  return steps.some(
    (step) =>
      step.kind === kind &&
      step.gpu === gpu &&
      step.instance.profileId === profileId &&
      step.instance.placement.start === placement.start,
  )
}

function setOf(gpu: NaiveGpu, instances: readonly FleetPlanInstance[]): number {
  return instances.reduce((set, instance) => set | bitOf(gpu, instance), 0)
}

/** 0: the GPU has no such spot. */
export function bitOf(
  { geometry, spots }: NaiveGpu,
  { profileId, placement }: Pick<FleetPlanInstance, 'profileId' | 'placement'>,
): number {
  const spot = spots.findIndex(
    ({ profile, start, size }) =>
      geometry.profiles[profile]?.id === profileId &&
      start === placement.start &&
      size === placement.size,
  )
  return spot < 0 ? 0 : 1 << spot
}
