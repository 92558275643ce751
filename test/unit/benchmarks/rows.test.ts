import { describe, expect, test } from 'vitest'
import { summarise } from '../../../benchmarks/record/rows.js'

describe('of several runs', () => {
  test('several runs are summarised by their median and range', () => {
    const runs = [30, 10, 20].map((value) => [{ what: 'a look', value, unit: 'µs' }])
    expect(summarise(runs)).toMatchObject([
      {
        what: 'a look',
        median: 20,
        spread: [10, 30],
        unit: 'µs',
        runs: 3,
        bound: null,
        held: null,
      },
    ])
  })

  test('a row that only the first run has counts as measured once', () => {
    const [shared, once] = [
      { what: 'shared', value: 1 },
      { what: 'once', value: 2 },
    ]
    expect(summarise([[shared, once], [shared], [shared]])).toMatchObject([
      { what: 'shared', runs: 3 },
      { what: 'once', runs: 1 },
    ])
  })

  test('rows of several runs are joined by their names, in any order', () => {
    const [a, b] = [
      { what: 'a', value: 1 },
      { what: 'b', value: 5 },
    ]
    expect(
      summarise([
        [a, b],
        [b, a],
      ]).map((row) => 'median' in row && row.median),
    ).toEqual([1, 5])
  })

  test('a value that stands for many keeps their range', () => {
    const runs = [
      [{ what: 'ratio', value: 2, spread: [1, 3] }],
      [{ what: 'ratio', value: 4, spread: [2, 9] }],
    ]
    expect(summarise(runs)).toMatchObject([{ spread: [1, 9] }])
  })
})

describe('a bound', () => {
  test.each([
    [{ bound: 14 }, 14, { atMost: 14 }, true],
    [{ bound: 14 }, 15, { atMost: 14 }, false],
    [{ atLeast: 10 }, 10, { atLeast: 10 }, true],
    [{ atLeast: 10 }, 9.9, { atLeast: 10 }, false],
  ])('%j and %d', (limit, value, bound, held) => {
    expect(summarise([[{ what: 'it', value, ...limit }]])).toMatchObject([{ bound, held }])
  })

  test('a bound is about the median, not about every run', () => {
    const runs = [1, 1, 7].map((value) => [{ what: 'it', value, bound: 5 }])
    expect(summarise(runs)).toMatchObject([{ held: true, spread: [1, 7] }])
  })
})

describe('what others took', () => {
  test('the figures of another program are summarised in the same way', () => {
    const runs = [3, 1, 2].map((value) => [{ what: 'it', value, beside: { other: value * 10 } }])
    expect(summarise(runs)).toMatchObject([{ beside: { other: { median: 20, spread: [10, 30] } } }])
  })

  test('the figure of a missing program is null', () => {
    expect(summarise([[{ what: 'it', value: 1, beside: { other: null } }]])).toMatchObject([
      { beside: { other: null } },
    ])
  })
})

test('a skipped row has its reason and no figure', () => {
  expect(summarise([[{ what: 'trace', skipped: 'no path' }]])).toEqual([
    { what: 'trace', skipped: 'no path' },
  ])
})
