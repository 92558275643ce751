import { describe, expect, test } from 'vitest'
import { summarise } from '../../../benchmarks/record/rows.js'
import { crossTable } from '../../../benchmarks/tables/cross-table.js'
import { fillIn } from '../../../benchmarks/tables/fill-in.js'
import { listTable } from '../../../benchmarks/tables/list-table.js'

describe('a list', () => {
  test('a list has the figure, that of other programs, the range and the bound', () => {
    const row = { what: 'apply', unit: 's', bound: 2 }
    const rows = summarise([
      [{ ...row, value: 1.5, beside: { other: 20 } }],
      [{ ...row, value: 2.5, beside: { other: 30 } }],
      [{ ...row, value: 3.5, beside: { other: 40 } }],
    ])
    expect(listTable(rows, { value: 'ours' })).toEqual([
      ['', 'ours', 'other', 'between', 'bound'],
      ['apply', '2.50 s', '30 s', '1.50 – 3.50', 'at most 2: not held'],
    ])
  })

  test('a list keeps the empty column of a missing program', () => {
    const rows = summarise([[{ what: 'apply', value: 14, beside: { other: null } }]])
    expect(listTable(rows, {})).toEqual([
      ['', 'median', 'other'],
      ['apply', '14', ''],
    ])
  })

  test('a list says why a row is missing', () => {
    const rows = summarise([
      [
        { what: 'trace', skipped: 'no path' },
        { what: 'sample', value: 28500 },
      ],
    ])
    expect(listTable(rows, {})).toEqual([
      ['', 'median'],
      ['trace', 'no path'],
      ['sample', '28,500'],
    ])
  })
})

describe('a cross table', () => {
  const rows = summarise([
    [
      { what: 'small: time', value: 1, unit: 'ms', bound: 5 },
      { what: 'small: GPUs', value: 10, bound: 10, reference: 'first fit 12' },
      { what: 'large: time', value: 7, unit: 'ms', bound: 5 },
      { what: 'large: GPUs', value: 100, bound: 100, reference: 'first fit 130' },
    ],
  ])

  test('a cross table has a line for each case, and the bound of a whole column in its head', () => {
    expect(crossTable(rows, { shape: 'cases', note: /.*/ })).toEqual([
      ['', 'time (at most 5)', 'GPUs', ''],
      ['small', '1 ms', '10 (at most 10)', 'first fit 12'],
      ['large', '7 ms (not held)', '100 (at most 100)', 'first fit 130'],
    ])
  })

  test('a cross table can have a line for each measure, with the bound there', () => {
    expect(crossTable(rows, { shape: 'measures' })).toEqual([
      ['', 'small', 'large'],
      ['time (at most 5)', '1 ms', '7 ms (not held)'],
      ['GPUs', '10 (at most 10)', '100 (at most 100)'],
    ])
  })

  test('a cross table names the common unit of its figures once', () => {
    const parts = summarise([
      [
        { what: 'small: ours', value: 0.9687, unit: 'of the memory' },
        { what: 'small: theirs', value: 0.95, unit: 'of the memory', atLeast: 0.96 },
      ],
    ])
    expect(crossTable(parts, { shape: 'measures' })).toEqual([
      ['of the memory', 'small'],
      ['ours', '0.969'],
      ['theirs (at least 0.96)', '0.950 (not held)'],
    ])
    expect(crossTable(parts, { shape: 'measures', digits: 4 })).toEqual([
      ['of the memory', 'small'],
      ['ours', '0.9687'],
      ['theirs (at least 0.96)', '0.9500 (not held)'],
    ])
  })
})

describe('figures in a text', () => {
  const rows = summarise([
    [{ what: 'a: b', value: 2, unit: 's', beside: { other: 30, gone: null } }],
  ])
  const results = { apply: { rows, versions: { other: 'v1.5.0', gone: null } } }

  test.each([
    ['{apply | a: b} and {apply | a: b | other}', '2 s and 30 s'],
    ['other {apply | version | other}', 'other 1.5.0'],
    ['{apply | a: b | gone}', '–'],
  ])('%s', (text, filled) => {
    expect(fillIn(text, results)).toBe(filled)
  })

  test.each(['{apply | a: c}', '{calls | a: b}', '{apply | a: b | nobody}'])(
    '%s refers to no figure and is refused',
    (text) => {
      expect(() => fillIn(text, results)).toThrow(text.slice(1, -1))
    },
  )
})
