import { at, wordAt } from '../../model/numbers.js'
import { once } from '../../model/once.js'
import { listPartitions } from './partition-table.js'
import { emptyClass, listResidualClasses } from './residual-classes.js'
import type { ResidualTable, Tables } from './table-types.js'

const mostStates = 4096
const mostPartitions = 4096
const mostPairs = 2 ** 21

/** Null: too many states or partitions to list. */
export function createResidualTable(tables: Tables): ResidualTable | null {
  const { states } = tables
  if (!states.complete(mostStates)) return null
  const stateCount = states.masks.length
  const most = Math.min(mostPartitions, Math.floor(mostPairs / stateCount))
  const successors = states.successors()
  const partitions = listPartitions(tables, successors, most)
  if (partitions === null) return null

  // Empty GPUs need no classes, and those take most of the time of a first answer.
  const look = once(() => listResidualClasses(tables, successors, partitions))
  return {
    partitions,
    stateCount,
    get classOf() {
      return look().classOf
    },
    get classes() {
      return look().classes
    },
    get additional() {
      return look().additional
    },
    includes: (classNumber, other) => look().includes(classNumber, other),
    holds: (classNumber, partition) =>
      classNumber === emptyClass
        ? partition < partitions.counts.length
        : look().holds(classNumber, partition),
    bestStates: (partition) => {
      const { classOf, includes } = look()
      const all = at(partitions.states, partition)
      const dominates = (one: number, other: number): boolean =>
        classOf[one] !== classOf[other] && includes(wordAt(classOf, one), wordAt(classOf, other))
      return all.filter((state) => !all.some((other) => dominates(other, state)))
    },
  }
}
