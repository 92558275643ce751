import { type Facet, priceOf } from '../program/facets.js'
import type { Pattern } from '../program/patterns.js'

/** GPUs that take a pattern. */
export interface PatternStep {
  readonly pattern: Pattern
  readonly count: number
}

const mostTries = 20_000

/**
 * So many empty GPUs as the closed form says, one pattern after the other, each as often as what is left
 * keeps a price of no more than the GPUs that are left: few steps, however many requests. Null: no such
 * walk was found, so the closed form is a bound here, but maybe not the optimum.
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

/** As often as nothing of it stays free; where that is not once, then once. */
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
  // What is left is worth a convex function of the count: where it holds for two, it does between.
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
