import { groupBy } from '../../model/group-by.js'
import { numberAt } from '../../model/numbers.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { compareObjectives, type Figure } from '../model/objective.js'
import type { WorkBudget } from '../program/budget.js'
import type { ClassProgram } from './class-program.js'
import { type PackedClasses, packClasses } from './packed-classes.js'

/** So many swaps are tried at most: all of them for one GPU, and some milliseconds for many. */
const mostTrials = 2000

/**
 * Gives one GPU after the other a pattern that makes the packing better, until the target is met or none does. Rounding only knows the
 * patterns of the optimum in fractions, and whole numbers may need another one.
 */
export function swapPatterns(
  fleet: GroupedProblem,
  program: ClassProgram,
  packed: PackedClasses,
  { figure, target }: { readonly figure: Figure; readonly target: number },
  budget: WorkBudget,
): PackedClasses {
  const { patterns } = program
  const numberOf = new Map(patterns.map((column, index) => [column, index]))
  const byGroup = groupBy(patterns.keys(), (index) => patterns[index]?.group.number ?? -1)
  let trials = 0

  function better(best: PackedClasses): PackedClasses | null {
    const counts = new Float64Array(patterns.length)
    const free = fleet.groups.map(({ count }) => count)
    for (const { column, count } of best.uses) {
      counts[numberOf.get(column) ?? -1] = count
      free[column.group.number] = (free[column.group.number] ?? 0) - count
    }
    for (const [group, ofGroup] of byGroup) {
      const used: number[] = ofGroup.filter((index) => numberAt(counts, index) > 0)
      for (const from of (free[group] ?? 0) > 0 ? [null, ...used] : used)
        for (const to of ofGroup) {
          if (to === from) continue
          trials += 1
          if (trials > mostTrials || !budget.spend(1)) return null
          const next = counts.slice()
          if (from !== null) next[from] = numberAt(next, from) - 1
          next[to] = numberAt(next, to) + 1
          const found = packClasses(fleet, program, next)
          if (compareObjectives(found.objective, best.objective) < 0) return found
        }
    }
    return null
  }

  let best = packed
  while (best.objective[figure] > target) {
    const next = better(best)
    if (next === null) break
    best = next
  }
  return best
}
