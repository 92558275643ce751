import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
const region = /<!-- bench:([\w-]+) -->\n([\s\S]*?)<!-- \/bench:\1 -->/g
const tableRows = (text: string): string[] =>
  text.split('\n').filter((line) => line.startsWith('|'))

interface Measured {
  readonly rows: readonly { readonly what: string }[]
}
const results = JSON.parse(read('benchmarks/results.json')) as Readonly<Record<string, Measured>>
const benchmarks = readdirSync(join(root, 'benchmarks'))
  .filter((name) => name.endsWith('.bench.js'))
  .map((name) => name.slice(0, -'.bench.js'.length))

test('the tables in the pages have the figures of benchmarks/results.json', () => {
  const check = [join(root, 'scripts/bench-tables.mjs'), '--check']
  expect(spawnSync(process.execPath, check, { encoding: 'utf8' }).stderr).toBe('')
})

test('benchmarks/results.json has figures of every benchmark, and of no other', () => {
  expect(Object.keys(results)).toEqual(benchmarks.sort())
})

test.each(Object.entries(results))('a page has every row of %s', (_, { rows }) => {
  const cells = new Set(
    [
      ...pages
        .filter((page) => page.endsWith('.md'))
        .map(read)
        .join('\n')
        .matchAll(region),
    ]
      .flatMap(([, , text = '']) => tableRows(text))
      .flatMap((row) => row.split(/(?<!\\)\|/))
      // At the head of a column a bound may follow.
      .flatMap((cell) => [
        cell.trim(),
        cell.replace(/ \(at (?:most|least) [\d.,]+\)\s*$/, '').trim(),
      ]),
  )
  const isThere = (what: string): boolean => {
    const [one = '', ...rest] = what.split(': ')
    return cells.has(what) || (cells.has(one) && cells.has(rest.join(': ')))
  }
  expect(rows.map(({ what }) => what).filter((what) => !isThere(what))).toEqual([])
})

describe.each(pages.filter((page) => page.endsWith('.md')))('%s', (page) => {
  const outside = read(page)
    .replaceAll(region, '')
    .replaceAll(/^```[\s\S]*?^```/gm, '')

  test('no table outside the marked regions has a measured time', () => {
    expect(tableRows(outside).filter((row) => /\d\s?(µs|ns|ms)\s*\|/.test(row))).toEqual([])
  })

  test('every marked region of a page is closed', () => {
    expect(outside).not.toMatch(/<!-- \/?bench:/)
  })
})

describe('a number in a table of the README comes out of benchmarks/results.json', () => {
  /** Of cases, versions and names a number is only a part. */
  const number = /(?<![\w.#/-])\d[\d.,]*(?![\w./-])/
  const withNumber = (text: string): string[] => tableRows(text).filter((row) => number.test(row))

  test('no table that is written by hand has a number', () => {
    expect(withNumber(read('README.md').replaceAll(region, ''))).toEqual([])
  })

  test.each(['comparison', 'chosen'])(
    'the template of the table %s has no number of its own',
    (name) => {
      const words = read(`benchmarks/tables/${name}.md`)
        .replaceAll(/\{[^{}]+\}/g, '')
        // What was done, not what came out.
        .replaceAll(/\d+ × \d+g\.\d+gb|\d[\d,]* (?:GPUs|MIG devices|requests)/g, '')
      expect(withNumber(words)).toEqual([])
    },
  )
})
