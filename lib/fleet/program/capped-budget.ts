import type { Budget } from './linear-program.js'

/** A part of a budget: what is not used of it is left for others. */
export function capped(budget: Budget, amount: number): Budget {
  let left = amount
  return {
    spend: (work) => {
      left -= work
      return left >= 0 && budget.spend(work)
    },
  }
}
