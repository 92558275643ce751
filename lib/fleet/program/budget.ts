import type { PackFleetOptions } from '../../../types/fleet/pack.js'
import { requireWhole } from '../model/check-form.js'
import type { Budget } from './linear-program.js'

export interface WorkBudget extends Budget {
  readonly stopped: () => 'deadline' | 'work-units' | null
  /** Whether the deadline has ended the search. Nothing is spent, so limits of work end it where they did. */
  readonly isTimeUp: () => boolean
  /** Whether the deadline is over by more than a first answer may need. Without a deadline, it never is. */
  readonly isLate: () => boolean
  /** Notes that the deadline has cost something, although the search goes on. */
  readonly noteHurry: () => void
  /** Ends the search so many milliseconds before the deadline, for what follows it. */
  readonly keepBack: (ms: number) => void
  /** Until the search has to end. Infinity: no deadline. */
  readonly leftMs: () => number
  /** Infinity: no limit. */
  readonly leftWork: () => number
  /** Whether the limit is work, which has to be the same on every machine. */
  readonly counted: boolean
  /** Whether there is any limit. */
  readonly limited: boolean
}

/** A first answer may be made, and a last one named, for so long after a deadline. */
const graceMs = 25
/** The part of a deadline that may be kept back. */
const mostKept = 0.5

/**
 * The clock of one call: it starts when the budget is made, so a call makes its budget before it reads its input.
 *
 * Making a budget, and spending from it, throw the reason of an aborted signal.
 */
export function createBudget({ deadlineMs, workUnits, signal }: PackFleetOptions): WorkBudget {
  if (deadlineMs !== undefined && !(deadlineMs >= 0)) {
    throw requireWhole(deadlineMs, 0, ['options', 'deadlineMs'])
  }
  if (workUnits !== undefined) requireWhole(workUnits, 0, ['options', 'workUnits'])
  signal?.throwIfAborted()
  const end = deadlineMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + deadlineMs
  let searchEnd = end
  let left = workUnits ?? Number.POSITIVE_INFINITY
  let isHurried = false
  let stopped: 'deadline' | 'work-units' | null = null
  return {
    spend: (amount) => {
      signal?.throwIfAborted()
      left -= amount
      if (left < 0) stopped ??= 'work-units'
      else if (end !== Number.POSITIVE_INFINITY && performance.now() > searchEnd)
        stopped ??= 'deadline'
      return stopped === null
    },
    isTimeUp: () => {
      if (end !== Number.POSITIVE_INFINITY && performance.now() > searchEnd) stopped ??= 'deadline'
      return stopped === 'deadline'
    },
    stopped: () => stopped ?? (isHurried ? 'deadline' : null),
    noteHurry: () => {
      isHurried = true
    },
    isLate: () => end !== Number.POSITIVE_INFINITY && performance.now() > end + graceMs,
    keepBack: (ms) => {
      if (deadlineMs !== undefined) searchEnd = end - Math.min(ms, mostKept * deadlineMs)
    },
    leftMs: () => searchEnd - performance.now(),
    leftWork: () => Math.max(0, left),
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

/** Whether a share of the time that is left of a budget is over, which counts as hurry. Without a deadline, it never is. */
export function shareOfTime(budget: WorkBudget, share: number): () => boolean {
  const left = budget.leftMs()
  if (left === Number.POSITIVE_INFINITY) return () => false
  const rest = (1 - share) * left
  return () => {
    const isOver = budget.leftMs() <= rest
    if (isOver) budget.noteHurry()
    return isOver
  }
}

/** All of the work of a budget, in a share of the time that is left. */
export function inPart(budget: WorkBudget, share: number): Budget {
  const until = performance.now() + share * budget.leftMs()
  return { spend: (work) => budget.spend(work) && performance.now() <= until }
}

/** A share of what is left of a budget: of its work, and of its time. */
export function partOf(budget: WorkBudget, share: number): Budget {
  return capped(inPart(budget, share), share * budget.leftWork())
}
