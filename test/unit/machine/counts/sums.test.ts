import { expect, test } from 'vitest'
import {
  addCounts,
  addEnd,
  noCounts,
  parseCounts,
} from '../../../../lib/machine/counts/apply-counts.js'

const first = addEnd(noCounts, {
  outcome: 'applied',
  seconds: 2,
  endedAt: 500,
  code: null,
  recovered: ['finished', 'undone', 'finished'],
})
const second = addEnd(noCounts, {
  outcome: 'applied',
  seconds: 0.5,
  endedAt: 300,
  code: 'MIG_HOOK_FAILED',
  recovered: [],
})

test('counts of two files add up, and the last end is the later one, in any order', () => {
  for (const sum of [addCounts(first, second), addCounts(second, first)]) {
    expect(sum.outcomes.applied).toEqual({ count: 2, seconds: 2.5, lastEnd: 500 })
    expect(sum.outcomes.failed).toEqual({ count: 0, seconds: 0, lastEnd: 0 })
    expect(sum.failures).toEqual({ MIG_HOOK_FAILED: 1 })
    expect(sum.recovered).toMatchObject({ finished: 2, undone: 1, superseded: 0 })
  }
})

test('a recovery of its own is no apply', () => {
  const counts = addEnd(noCounts, {
    outcome: null,
    seconds: 0,
    endedAt: 900,
    code: null,
    recovered: ['superseded'],
  })
  expect(counts.outcomes).toEqual(noCounts.outcomes)
  expect(counts.recovered.superseded).toBe(1)
})

test('counts come back from their JSON', () => {
  const sum = addCounts(first, second)
  expect(parseCounts(JSON.parse(JSON.stringify(sum)))).toEqual(sum)
})

test('codes beyond about a hundred, and texts that are no codes, count as OTHER, and none is lost', () => {
  const failures = Object.fromEntries([
    ...Array.from({ length: 150 }, (_, number) => [`NVML_ERROR_${number}`, 2]),
    ['lower_case', 3],
    ['A', 4],
    ['TOO_LONG'.repeat(9), 5],
  ])
  const counts = parseCounts({ failures }).failures
  const { OTHER: other, ...known } = counts
  const named = Object.keys(known).length
  expect(named).toBeGreaterThanOrEqual(99)
  expect(named).toBeLessThanOrEqual(100)
  expect(Object.values(known).every((count) => count === 2)).toBe(true)
  expect(other).toBe((150 - named) * 2 + 3 + 4 + 5)
  // A code that is known goes on to count under its name.
  const again = addCounts({ ...noCounts, failures: counts }, { ...noCounts, failures: counts })
  expect(Object.keys(again.failures).toSorted()).toEqual(Object.keys(counts).toSorted())
  expect(Object.values(again.failures).reduce((sum, count) => sum + count, 0)).toBe(2 * (300 + 12))
})

test.each([null, 7, 'text', [], { outcomes: null, failures: 'x', recovered: [1] }])(
  'what a file holds that are no counts is 0: %j',
  (data) => {
    expect(parseCounts(data)).toEqual(noCounts)
  },
)
