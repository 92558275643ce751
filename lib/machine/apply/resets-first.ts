import type { GpuPlan } from '../../../types/machine/plan.js'

/**
 * GPUs that change their MIG mode by a reset come first: when a reset is refused, and everything is
 * taken back, nothing of the others has been touched.
 */
export function putResetsFirst(plans: readonly GpuPlan[]): readonly GpuPlan[] {
  return [...plans.filter(needsReset), ...plans.filter((plan) => !needsReset(plan))]
}

function needsReset({ steps }: GpuPlan): boolean {
  return steps.some((step) => step.kind === 'set-mig-mode' && step.needsReset === true)
}
