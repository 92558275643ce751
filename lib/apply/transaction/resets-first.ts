import type { GpuPlan } from '../../../types/plan.js'

export interface ResetsFirst {
  /** In the order in which they must begin. */
  readonly plans: readonly GpuPlan[]
  /** Settles when no reset is ahead any more that could be refused. */
  mayBegin(plan: GpuPlan): Promise<void>
  /** The MIG mode of this GPU is settled, for good or ill. Idempotent. */
  settle(plan: GpuPlan): void
}

/**
 * GPUs that change their MIG mode by a reset come first, and the others wait for them: when a reset is
 * refused, and everything is taken back, nothing of the others has been touched.
 */
export function putResetsFirst(plans: readonly GpuPlan[]): ResetsFirst {
  const ahead = new Set(plans.filter(needsReset))
  let open = (): void => {}
  const settled = new Promise<void>((resolve) => {
    open = resolve
  })
  if (ahead.size === 0) open()
  return {
    plans: [...ahead, ...plans.filter((plan) => !ahead.has(plan))],
    mayBegin: (plan) => (needsReset(plan) ? Promise.resolve() : settled),
    settle(plan) {
      ahead.delete(plan)
      if (ahead.size === 0) open()
    },
  }
}

function needsReset({ steps }: GpuPlan): boolean {
  return steps.some((step) => step.kind === 'set-mig-mode' && step.needsReset === true)
}
