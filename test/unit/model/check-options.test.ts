import { describe, expect, test } from 'vitest'
import { checkFunction, checkOptions, showValue } from '../../../lib/model/check-options.js'
import { driverOptionRules } from '../../../lib/model/driver-option-rules.js'
import {
  callback,
  either,
  file,
  flag,
  milliseconds,
  objectOf,
  oneOf,
  path,
  signal,
  text,
  textOrObject,
  texts,
  unsigned,
  wholeFromOne,
} from '../../../lib/model/option-rules.js'

const problemOf = (options: unknown, rules: Parameters<typeof checkOptions>[2], known = {}) => {
  try {
    checkOptions('run', options, rules, known)
    return null
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
}

describe('options that cannot be meant are a TypeError that says what may be', () => {
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
    [{ part: { other: 'x' } }, 'run: option part must be an object with inner, not an object'],
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

  test('a name that does nothing here is tolerated, and not offered', () => {
    expect(problemOf({ old: true }, rules, { old: flag })).toBeNull()
    expect(problemOf({ old: 5 }, rules, { old: flag })).toMatch(/option old must be true or false/)
    expect(problemOf({ zzzzzzzz: 1 }, rules, { old: flag })).not.toMatch(/old/)
  })

  test('getters of a class count', () => {
    class Options {
      get dryRun(): number {
        return 1
      }
    }
    expect(problemOf(new Options(), rules)).toMatch(/dryRun must be true or false, not 1/)
  })

  test('an argument that has to be a function', () => {
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

describe('each kind of option takes what it says, and nothing else', () => {
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
    wholeFromOne,
    unsigned,
  }
  test.each<[keyof typeof kinds, readonly unknown[], readonly unknown[]]>([
    ['flag', [true, false], [0, 1, 'true', null]],
    ['text', ['', 'a'], [1, null, {}]],
    ['path', ['a', '/a/b'], ['', 'a\0b', 1, null]],
    ['file', ['a', new URL('file:///a')], ['', new URL('https://a.example'), 1]],
    ['callback', [() => 1], [{}, 'call']],
    ['signal', [AbortSignal.abort()], [{}, { aborted: true }]],
    ['texts', [{}, { a: 'b' }], [{ a: 1 }, [], 'a', null]],
    ['textOrObject', ['', {}], [[], null, 1]],
    ['milliseconds', [0.5, 1, 2 ** 31 - 1], [0, -1, 2 ** 31, Number.NaN, '1']],
    ['wholeFromOne', [1, 2 ** 53 - 1], [0, -1, 1.5, 2 ** 53, '1', null]],
    ['unsigned', [0, 2 ** 32 - 1], [-1, 2 ** 32, 0.5, '0', null]],
  ])('%s', (name, good, bad) => {
    const rule = kinds[name]
    expect(good.map((value) => rule.accepts(value))).toEqual(good.map(() => true))
    expect(bad.map((value) => rule.accepts(value))).toEqual(bad.map(() => false))
    expect(problemOf({ it: bad[0] }, { it: rule })).toContain(`must be ${rule.allowed}`)
  })

  test('one of several names, or one of two kinds', () => {
    expect(oneOf('a', 'b', 'c').allowed).toBe("'a', 'b' or 'c'")
    expect(oneOf('a').allowed).toBe("'a'")
    expect(['a', 'c', 'd', 1].map(oneOf('a', 'c').accepts)).toEqual([true, true, false, false])
    const kind = either(oneOf('a', 'b'), flag)
    expect(kind.allowed).toBe("'a', 'b' or true or false")
    expect(['a', true, 'c', null].map(kind.accepts)).toEqual([true, true, false, false])
  })

  test('a library is a path or a path with what belongs to it', () => {
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
    expect(ask({ path: '/l', selector: { symbol: 's' } })).toMatch(/with symbol and value/)
    expect(ask({ path: '/l', reset: { symbol: '' } })).toMatch(/the name of an exported function/)
    expect(problemOf({ signal: 1 }, driverOptionRules)).toMatch(/signal must be an AbortSignal/)
  })
})
