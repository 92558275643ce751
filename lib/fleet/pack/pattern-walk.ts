import { type Facet, priceOf } from '../program/facets.js'
import type { Pattern } from '../program/patterns.js'

/** So many GPUs take one pattern. */
export interface PatternStep {
  readonly pattern: Pattern
  readonly count: number
}

const mostTries = 20_000

/**
 * Fills as many empty GPUs as the closed form says, one pattern after the other. Each pattern is used while
 * the price of the rest is at most the number of GPUs left. So there are few steps, however many requests.
 * Null: no such walk was found. The closed form is then a bound, but maybe not the optimum.
 */
export function walkPatterns(
  facets: readonly Facet[],
  patterns: readonly Pattern[],
  demand: readonly number[],
): readonly PatternStep[] | null {
  const steps: PatternStep[] = []
  const dead = new Set<string>()
  let tries = 0
  const walk = (left: readonly number[], gpus: number): boolean => {
    if (left.every((count) => count === 0)) return true
    if (gpus === 0 || tries > mostTries || dead.has(left.join())) return false
    const ways = patterns
      .map((pattern) => ({ pattern, count: longestStep(facets, pattern, left, gpus) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count)
    for (const { pattern, count } of ways) {
      tries += 1
      steps.push({ pattern, count })
      if (walk(without(left, pattern, count), gpus - count)) return true
      steps.pop()
    }
    dead.add(left.join())
    return false
  }
  return walk(demand, priceOf(facets, demand)) ? steps : null
}

/** How often the pattern can be used with nothing of it left free, or once if that is never. */
function longestStep(
  facets: readonly Facet[],
  pattern: Pattern,
  left: readonly number[],
  gpus: number,
): number {
  const holds = (count: number): boolean =>
    count <= gpus && priceOf(facets, without(left, pattern, count)) <= gpus - count
  let most = gpus
  let uses = 0
  for (const [position, count] of pattern.entries()) {
    if (count === 0) continue
    const there = left[position] ?? 0
    most = Math.min(most, Math.floor(there / count))
    uses += Math.min(there, count)
  }
  if (uses === 0) return 0
  if (most <= 1) return holds(1) ? 1 : 0
  if (!holds(1)) return 0
  // The price of the rest is a convex function of the count, so it holds between two counts for which it
  // holds.
  let low = 1
  let high = most
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}

function without(left: readonly number[], pattern: Pattern, count: number): readonly number[] {
  return left.map((each, position) => Math.max(0, each - (pattern[position] ?? 0) * count))
}
