import { describe, expect, test } from 'vitest'
import { checkFunction, checkOptions } from '../../../lib/model/checks/check-options.js'
import { driverOptionRules } from '../../../lib/model/checks/driver-option-rules.js'
import {
  describeFault,
  findFault,
  type Rule,
  showValue,
} from '../../../lib/model/checks/find-fault.js'
import {
  callback,
  either,
  file,
  flag,
  listOf,
  milliseconds,
  objectOf,
  oneOf,
  openObjectOf,
  path,
  signal,
  text,
  textOrObject,
  texts,
  unsigned,
  wholeFrom,
} from '../../../lib/model/checks/kinds.js'

type Rules = Readonly<Record<string, Rule>>

const problemOf = (options: unknown, rules: Rules, tolerated: Rules = {}): string | null => {
  try {
    checkOptions('run', options, objectOf({ ...tolerated, ...rules }), Object.keys(rules))
    return null
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
}

describe('wrong options are a TypeError that says what is allowed', () => {
  const rules = { dryRun: flag, name: text, part: objectOf({ inner: flag, other: text }, 'inner') }

  test.each<[unknown, string | null]>([
    [{}, null],
    [{ dryRun: false, name: '' }, null],
    [{ dryRun: undefined, other: undefined }, null],
    [{ part: { inner: true } }, null],
    [{ dryrun: true }, 'run has no option dryrun: did you mean dryRun?'],
    [{ zzzzzzzz: 1 }, 'run has no option zzzzzzzz: there are dryRun, name, part'],
    [{ dryRun: 1 }, 'run: option dryRun must be true or false, not 1'],
    [{ dryRun: null }, 'run: option dryRun must be true or false, not null'],
    [{ part: { other: 'x' } }, 'run: option part.inner must be true or false, not undefined'],
    [{ part: 5 }, 'run: option part must be an object with inner, not 5'],
    [{ part: { inner: true, othr: 1 } }, 'run: option part has no field othr: did you mean other?'],
    [{ part: { inner: true, other: 1 } }, 'run: option part.other must be a string, not 1'],
    [
      { part: { inner: true, zzzzzzzz: 1 } },
      'run: option part has no field zzzzzzzz: there are inner, other',
    ],
    [[], 'the options of run must be an object, not a list'],
    [null, 'the options of run must be an object, not null'],
    [5, 'the options of run must be an object, not 5'],
  ])('%j', (options, problem) => {
    expect(problemOf(options, rules)).toBe(problem)
  })

  test('an option that another function takes is tolerated, but no error lists it', () => {
    expect(problemOf({ old: true }, rules, { old: flag })).toBeNull()
    expect(problemOf({ old: 5 }, rules, { old: flag })).toMatch(/option old must be true or false/)
    expect(problemOf({ zzzzzzzz: 1 }, rules, { old: flag })).not.toMatch(/old/)
  })

  test('an option that is a getter of a class is checked', () => {
    class Options {
      get dryRun(): number {
        return 1
      }
    }
    expect(problemOf(new Options(), rules)).toMatch(/dryRun must be true or false, not 1/)
  })

  test('an argument that must be a function and is none is refused by name', () => {
    expect(() => checkFunction('run', 'work', () => 1)).not.toThrow()
    expect(() => checkFunction('run', 'work', 5)).toThrow('run: work must be a function, not 5')
  })
})

test.each<[unknown, string]>([
  ['a', '"a"'],
  ['x'.repeat(40), `"${'x'.repeat(40)}"`],
  ['x'.repeat(41), `"${'x'.repeat(40)}…"`],
  [[1], 'a list'],
  [() => 1, 'a function'],
  [5n, '5n'],
  [undefined, 'undefined'],
  [Symbol('s'), 'Symbol(s)'],
  [{}, 'an object'],
  [Object.create(null), 'an object'],
  [new Map(), 'an object (Map)'],
])('%s is shown as %s', (value, shown) => {
  expect(showValue(value)).toBe(shown)
})

describe('each kind of value accepts what its words say, and nothing else', () => {
  const kinds = {
    flag,
    text,
    path,
    file,
    callback,
    signal,
    texts,
    textOrObject,
    milliseconds,
    whole: wholeFrom(1),
    price: wholeFrom(0, 9),
    list: listOf(text),
    unsigned,
  }
  test.each<[keyof typeof kinds, readonly unknown[], readonly unknown[]]>([
    ['flag', [true, false], [0, 1, 'true', null]],
    ['text', ['', 'a'], [1, null, {}]],
    ['path', ['a', '/a/b'], ['', 'a\0b', 1, null]],
    ['file', ['a', new URL('file:///a')], ['', new URL('https://a.example'), 1]],
    ['callback', [() => 1], [{}, 'call']],
    ['signal', [AbortSignal.abort()], [{}, { aborted: true }]],
    ['texts', [{}, { a: 'b' }], [[], 'a', null]],
    ['list', [[], ['a']], [{}, 'a', null]],
    ['textOrObject', ['', {}], [[], null, 1]],
    ['milliseconds', [0.5, 1, 2 ** 31 - 1], [0, -1, 2 ** 31, Number.NaN, '1']],
    ['whole', [1, 2 ** 53 - 1], [0, -1, 1.5, 2 ** 53, '1', null]],
    ['price', [0, 9], [-1, 10, 0.5, 1n]],
    ['unsigned', [0, 2 ** 32 - 1], [-1, 2 ** 32, 0.5, '0', null]],
  ])('%s', (name, good, bad) => {
    const rule = kinds[name]
    expect(good.map((value) => rule.accepts(value))).toEqual(good.map(() => true))
    expect(bad.map((value) => rule.accepts(value))).toEqual(bad.map(() => false))
    expect(problemOf({ it: bad[0] }, { it: rule })).toContain(`must be ${rule.allowed}`)
  })

  test('a choice of names, and a choice of two kinds, name all that is allowed', () => {
    expect(oneOf('a', 'b', 'c').allowed).toBe("'a', 'b' or 'c'")
    expect(oneOf('a').allowed).toBe("'a'")
    expect(['a', 'c', 'd', 1].map(oneOf('a', 'c').accepts)).toEqual([true, true, false, false])
    const kind = either(oneOf('a', 'b'), flag)
    expect(kind.allowed).toBe("'a', 'b' or true or false")
    expect(['a', true, 'c', null].map(kind.accepts)).toEqual([true, true, false, false])
  })

  test('a library is a path, or an object that has one', () => {
    const ask = (library: unknown) => problemOf({ library }, driverOptionRules)
    for (const good of [
      '',
      '/lib.so',
      { path: '/lib.so' },
      { path: '/l', root: null, lockFile: 'x' },
    ])
      expect(ask(good)).toBeNull()
    expect(
      ask({ path: '/l', selector: { symbol: 's', value: 0 }, reset: { symbol: 'r' } }),
    ).toBeNull()
    for (const bad of [
      5,
      { root: null },
      { path: '' },
      { path: '/l', root: 5 },
      { path: '/l', x: 1 },
    ])
      expect(ask(bad)).not.toBeNull()
    expect(ask({ path: '/l', selector: { symbol: 's' } })).toMatch(
      /option library\.selector\.value must be a whole number from 0.*not undefined/,
    )
    expect(ask({ path: '/l', reset: { symbol: '' } })).toMatch(/the name of an exported function/)
    expect(problemOf({ signal: 1 }, driverOptionRules)).toMatch(/signal must be an AbortSignal/)
  })
})

describe('a fault names the path to the wrong value', () => {
  const rule = objectOf(
    { names: texts, list: listOf(openObjectOf({ id: text, count: wholeFrom(0) }, 'id')) },
    'list',
  )
  const faultOf = (value: unknown): readonly [string, string] | null => {
    const fault = findFault(value, rule)
    return fault === null ? null : [fault.path.join('/'), describeFault(fault)]
  }

  test.each<[unknown, readonly [string, string] | null]>([
    [{ list: [] }, null],
    [{ list: [{ id: 'a', mine: 1 }], names: { a: 'b' } }, null],
    [5, ['', 'is 5, not an object with list']],
    [{}, ['list', 'is undefined, not a list']],
    [{ list: [{ id: 'a' }, { count: 1 }] }, ['list/1/id', 'is undefined, not a string']],
    [{ list: [{ id: 'a', count: 1n }] }, ['list/0/count', 'is 1n, not a whole number from 0']],
    [{ list: new Array(1) }, ['list/0', 'is undefined, not an object with id']],
    [{ list: [], names: { a: 1 } }, ['names/a', 'is 1, not a string']],
    [{ list: [], names: { a: undefined } }, ['names/a', 'is undefined, not a string']],
    [{ lst: [] }, ['', 'has no field lst: did you mean list?']],
    [{ list: [], qqqqqqq: 1 }, ['', 'has no field qqqqqqq: there are names, list']],
  ])('%o', (value, fault) => {
    expect(faultOf(value)).toEqual(fault)
  })
})
