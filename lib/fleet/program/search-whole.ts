import { numberAt } from '../../model/numbers.js'
import type { Budget, Column, SavedBasis } from './linear-program.js'
import type { Simplex } from './simplex.js'

/** The counts of the columns that have to be whole: the first ones of the program. */
export type PatternCounts = Float64Array

const nearly = 1e-6
/** The most fractions that are tried at one point of the search, and in the whole search. */
const mostWays = 8
const mostNodes = 600

/**
 * Finds whole numbers of GPUs that cost at most `target`, starting from an optimal basis. Whole parts are
 * fixed, which leaves at most one GPU for each basic column. Then one fraction after the other is rounded
 * up, and the program is repaired. The search is depth first, and tries another fraction if one leads above
 * the target. Null: nothing was found. The simplex is left as it was.
 */
export function searchWhole(
  program: { readonly patterns: readonly unknown[]; readonly columns: readonly Column[] },
  simplex: Simplex,
  costs: Float64Array,
  target: number,
  budget: Budget,
): PatternCounts | null {
  const { patterns, columns } = program
  const start = simplex.save()
  const counts = new Float64Array(patterns.length)
  let nodes = 0

  const take = (right: Float64Array, pattern: number, count: number): void => {
    counts[pattern] = numberAt(counts, pattern) + count
    const { rows, values } = columns[pattern] ?? { rows: [], values: [] }
    for (const [index, row] of rows.entries()) {
      right[row] = numberAt(right, row) - count * (values[index] ?? 0)
    }
  }

  const descend = (saved: SavedBasis, spent: number): boolean => {
    simplex.restore(saved)
    const right = saved.right.slice()
    const fixed: [number, number][] = []
    const fractions: [number, number][] = []
    for (const [row, column] of simplex.basis.entries()) {
      if (column >= patterns.length) continue
      const value = numberAt(simplex.values, row)
      const whole = Math.floor(value + nearly)
      if (whole > 0) {
        take(right, column, whole)
        fixed.push([column, whole])
      }
      if (value - whole > nearly) fractions.push([column, value - whole])
    }
    if (fractions.length === 0) return true
    const sunk =
      spent + fixed.reduce((sum, [column, count]) => sum + numberAt(costs, column) * count, 0)
    simplex.setRight(right)
    const here = simplex.save()
    fractions.sort((a, b) => b[1] - a[1] || a[0] - b[0])
    const ways: { column: number; spent: number; value: number; saved: SavedBasis }[] = []
    for (const [column] of fractions.slice(0, mostWays)) {
      nodes += 1
      if (nodes > mostNodes || !budget.spend(1)) break
      const next = here.right.slice()
      take(next, column, 1)
      counts[column] = numberAt(counts, column) - 1
      simplex.restore(here)
      simplex.setRight(next)
      if (simplex.repair(costs, budget) !== 'optimal') continue
      const spentThen = sunk + numberAt(costs, column)
      const value = spentThen + simplex.valueOf(costs)
      if (value > target + nearly) continue
      ways.push({ column, spent: spentThen, value, saved: simplex.save() })
    }
    // The cheapest comes first. Equal ones stay sorted by the largest fraction.
    ways.sort((a, b) => (Math.abs(a.value - b.value) < nearly ? 0 : a.value - b.value))
    for (const { column, spent: spentThen, saved: then } of ways) {
      counts[column] = numberAt(counts, column) + 1
      if (descend(then, spentThen)) return true
      counts[column] = numberAt(counts, column) - 1
    }
    for (const [column, count] of fixed) counts[column] = numberAt(counts, column) - count
    return false
  }

  const found = descend(start, 0)
  simplex.restore(start)
  return found ? counts : null
}
