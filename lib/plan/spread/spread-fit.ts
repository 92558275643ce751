import { cached } from '../../model/cached.js'
import { sum } from '../../model/numbers.js'
import { type Counts, minus, type SpreadTable } from './spread-counts.js'

/** Whether what is left fits on the GPUs from one on, on at most so many of them. */
export type SpreadFit = (from: number, left: Counts, gpus: number) => boolean

/**
 * Exact, and remembers: the same question comes up again and again. Whatever the sizes are weighed with,
 * no more weight fits than the GPUs take of it one by one; weights that mean something, such as compute
 * slices, tell that early.
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

  const hasRoom: SpreadFit = (from, left, gpus) => {
    if (left.every((count) => count === 0)) return true
    const table = tables[from]
    if (table === undefined || gpus === 0) return false
    if (limits.some(({ weight, capacities }) => weigh(left, weight) > (capacities[from] ?? 0)))
      return false
    return cached(
      known,
      `${from} ${gpus} ${left.join()}`,
      () =>
        // To take more is never worse, and to pass a GPU over is to take nothing of use there.
        table.maximal.some((taken) =>
          hasRoom(from + 1, atLeastZero(minus(left, taken)), gpus - 1),
        ) ||
        (gpus < tables.length - from && hasRoom(from + 1, left, gpus)),
    )
  }
  return hasRoom
}

/** The most weight that the GPUs from each one on can take. */
function suffixCapacities(tables: readonly SpreadTable[], weight: Counts): readonly number[] {
  const capacities = [0]
  for (const { maximal } of tables.toReversed()) {
    const most = Math.max(...maximal.map((counts) => weigh(counts, weight)))
    capacities.unshift(most + (capacities[0] ?? 0))
  }
  return capacities
}

function weigh(counts: Counts, weight: Counts): number {
  return sum(counts.map((count, size) => count * (weight[size] ?? 0)))
}

function atLeastZero(counts: Counts): Counts {
  return counts.map((count) => Math.max(0, count))
}
