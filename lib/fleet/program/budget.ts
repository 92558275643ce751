import type { PackFleetOptions } from '../../../types/fleet/pack.js'
import { requireWhole } from '../model/check-form.js'
import type { Budget } from './linear-program.js'

export interface WorkBudget extends Budget {
  readonly stopped: () => 'deadline' | 'work-units' | null
  /** Infinity: no deadline. */
  readonly leftMs: () => number
  /** Whether the limit is work, which has to be the same on every machine. */
  readonly counted: boolean
  /** Whether there is any limit. */
  readonly limited: boolean
}

/** Making a budget, and spending from it, throw the reason of an aborted signal. */
export function createBudget({ deadlineMs, workUnits, signal }: PackFleetOptions): WorkBudget {
  if (deadlineMs !== undefined && !(deadlineMs >= 0)) {
    throw requireWhole(deadlineMs, 0, ['options', 'deadlineMs'])
  }
  if (workUnits !== undefined) requireWhole(workUnits, 0, ['options', 'workUnits'])
  signal?.throwIfAborted()
  const end = deadlineMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + deadlineMs
  let left = workUnits ?? Number.POSITIVE_INFINITY
  let stopped: 'deadline' | 'work-units' | null = null
  return {
    spend: (amount) => {
      signal?.throwIfAborted()
      left -= amount
      if (left < 0) stopped ??= 'work-units'
      else if (end !== Number.POSITIVE_INFINITY && performance.now() > end) stopped ??= 'deadline'
      return stopped === null
    },
    stopped: () => stopped,
    leftMs: () => end - performance.now(),
    counted: workUnits !== undefined,
    limited: workUnits !== undefined || deadlineMs !== undefined,
  }
}

/** A part of a budget. What it does not use is left for others. */
export function capped(budget: Budget, amount: number): Budget {
  let left = amount
  return {
    spend: (work) => {
      left -= work
      return left >= 0 && budget.spend(work)
    },
  }
}
