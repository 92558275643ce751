import type { WantedSpread } from '../../lib/model/wanted.js'
import { disturbanceOf } from '../../lib/plan/gpu/disturbance.js'
import { planGpu } from '../../lib/plan/gpu/plan-gpu.js'

/** The least that any distribution over the GPUs costs, found by trying all; infinite where none is possible. */
export function cheapestSpread({ sizes: asked, gpus }: WantedSpread): number {
  const costs = new Map<string, number>()
  const costOn = (index: number, counts: readonly number[]): number => {
    const key = `${index} ${counts}`
    const known = costs.get(key)
    if (known !== undefined) return known
    const gpu = gpus[index]
    const partition = counts.flatMap((count, size) => {
      const at = gpu?.sizes[size]
      return at == null || count === 0 ? [] : [{ ...at, count }]
    })
    const result = gpu === undefined ? null : planGpu({ ...gpu.gpu, wanted: partition })
    const cost = result?.kind === 'plan' ? disturbanceOf(result.plan) : Number.POSITIVE_INFINITY
    costs.set(key, cost)
    return cost
  }
  const best = (index: number, left: readonly number[]): number => {
    if (index === gpus.length)
      return left.every((count) => count === 0) ? 0 : Number.POSITIVE_INFINITY
    return Math.min(
      ...partsOf(left).map(
        (part) =>
          costOn(index, part) +
          best(
            index + 1,
            left.map((c, size) => c - (part[size] ?? 0)),
          ),
      ),
    )
  }
  return best(
    0,
    asked.map(({ count }) => count),
  )
}

function partsOf(counts: readonly number[]): readonly (readonly number[])[] {
  return counts.reduce<readonly (readonly number[])[]>(
    (parts, count) =>
      parts.flatMap((part) => Array.from({ length: count + 1 }, (_, taken) => [...part, taken])),
    [[]],
  )
}
