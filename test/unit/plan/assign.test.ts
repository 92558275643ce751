import { expect, test } from 'vitest'
import { assignCheapest } from '../../../lib/plan/choose/assign.js'
import fc from '../../support/property.js'

/** Every assignment of a column of its own to each row. */
function* allAssignments(
  rows: number,
  columns: number,
  taken: readonly number[] = [],
): Generator<readonly number[]> {
  if (taken.length === rows) yield taken
  else
    for (let column = 0; column < columns; column++)
      if (!taken.includes(column)) yield* allAssignments(rows, columns, [...taken, column])
}

const sumOf = (costs: readonly (readonly number[])[], columns: readonly number[]): number =>
  columns.reduce((sum, column, row) => sum + (costs[row]?.[column] ?? Number.NaN), 0)

test('assignCheapest costs as little as the cheapest of all assignments and gives no column twice', () => {
  const matrix = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 2 }))
    .chain(([rows, more]) =>
      fc.array(
        fc.array(fc.integer({ min: -5, max: 9 }), {
          minLength: rows + more,
          maxLength: rows + more,
        }),
        { minLength: rows, maxLength: rows },
      ),
    )
  fc.assert(
    fc.property(matrix, (costs) => {
      const columns = costs[0]?.length ?? 0
      const assigned = assignCheapest(costs)
      expect(new Set(assigned).size).toBe(costs.length)
      const best = Math.min(
        ...[...allAssignments(costs.length, columns)].map((each) => sumOf(costs, each)),
      )
      expect(sumOf(costs, assigned)).toBe(best)
    }),
    { numRuns: 500 },
  )
})

test('assignCheapest without rows assigns nothing', () => {
  expect(assignCheapest([])).toEqual([])
})
