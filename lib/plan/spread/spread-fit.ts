import { cached } from '../../model/cached.js'
import { type Counts, minus, type SpreadTable } from './spread-counts.js'

/** Whether the remaining counts fit on the GPUs from index `from` on, using at most `gpus` of them. */
export type SpreadFit = (from: number, left: Counts, gpus: number) => boolean

/**
 * Exact, and remembers its answers, because the same question comes up again and again. For any weights
 * of the sizes, the weight that fits is at most the sum over the GPUs. Weights with a meaning, such as
 * compute slices, rule out most questions early.
 */
export function createSpreadFit(
  tables: readonly SpreadTable[],
  weights: readonly Counts[],
): SpreadFit {
  const known = new Map<string, boolean>()
  const single = (tables[0]?.all[0] ?? []).map((_, size, all) => all.map((_, at) => +(at === size)))
  const limits = [...single, ...weights].map((weight) => ({
    weight,
    capacities: suffixCapacities(tables, weight),
  }))

  const fitsFrom: SpreadFit = (from, left, gpus) => {
    if (left.every((count) => count === 0)) return true
    const table = tables[from]
    if (table === undefined || gpus === 0) return false
    if (limits.some(({ weight, capacities }) => weigh(left, weight) > (capacities[from] ?? 0)))
      return false
    return cached(
      known,
      `${from} ${gpus} ${left.join()}`,
      () =>
        // Taking more is never worse, and a GPU may also be skipped.
        table.maximal.some((taken) =>
          fitsFrom(from + 1, atLeastZero(minus(left, taken)), gpus - 1),
        ) ||
        (gpus < tables.length - from && fitsFrom(from + 1, left, gpus)),
    )
  }
  return fitsFrom
}

/** For each GPU, the most weight that it and the GPUs after it can hold. */
function suffixCapacities(tables: readonly SpreadTable[], weight: Counts): readonly number[] {
  const capacities = [0]
  for (const { maximal } of tables.toReversed()) {
    const most = Math.max(...maximal.map((counts) => weigh(counts, weight)))
    capacities.unshift(most + (capacities[0] ?? 0))
  }
  return capacities
}

function weigh(counts: Counts, weight: Counts): number {
  return counts.reduce((total, count, size) => total + count * (weight[size] ?? 0), 0)
}

function atLeastZero(counts: Counts): Counts {
  return counts.map((count) => Math.max(0, count))
}
