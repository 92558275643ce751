import type { GpuPlan } from '../../../types/machine/plan.js'
import type { GpuPlanResult } from './planning.js'

/** Ten bits for each amount, so that sums over a machine do not overflow into the next. */
const digit = 1024

/**
 * How much a plan changes, as one number. Destroyed compute instances weigh most, then mode changes, then
 * destroyed and created GPU instances. Sums over the GPUs of a machine compare in the same way.
 */
export function disturbanceOf({ steps }: Pick<GpuPlan, 'steps'>): number {
  const count = (kind: GpuPlan['steps'][number]['kind']): number =>
    steps.filter((step) => step.kind === kind).length
  return weigh({
    lostDevices: count('destroy-compute-instance'),
    modeChanges: count('set-mig-mode'),
    destroyed: count('destroy-gpu-instance'),
    created: count('create-gpu-instance'),
  })
}

export interface Changes {
  readonly lostDevices: number
  readonly modeChanges: number
  readonly destroyed: number
  readonly created: number
}

export function weigh({ lostDevices, modeChanges, destroyed, created }: Changes): number {
  return ((lostDevices * digit + modeChanges) * digit + destroyed) * digit + created
}

/** More than any plan of a whole machine costs. */
const inUseCost: number = digit ** 4 * 16
export const impossibleCost: number = inUseCost * 64

/** Impossible results have a cost as well, so that they are chosen only if nothing else is left. */
export function costOfResult(result: GpuPlanResult): number {
  if (result.kind === 'infeasible') return impossibleCost
  if (result.kind === 'in-use') return inUseCost
  const { evicted = [] } = result.plan
  return disturbanceOf(result.plan) + (evicted.length > 0 ? inUseCost : 0)
}
