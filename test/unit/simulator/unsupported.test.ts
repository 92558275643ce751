import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

const unsupported = [
  ...read('native/simulator/store/unsupported_functions.inc').matchAll(
    /^NVML_UNSUPPORTED(?:_SINCE)?\((\w+)/gm,
  ),
].map(([, name]) => String(name))

const section = read('docs/simulator.md').split('\n## Functions that are not supported\n')[1] ?? ''
const patterns = section
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`'))
  .flatMap((line) => [...line.matchAll(/`([\w*]+)`/g)].map(([, pattern]) => String(pattern)))

const matches = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '\\w*')}$`).test(name)

test('docs/simulator.md covers every function that answers NOT_SUPPORTED by a group', () => {
  expect(patterns.length).toBeGreaterThan(40)
  expect(unsupported.filter((name) => !patterns.some((pattern) => matches(pattern, name)))).toEqual(
    [],
  )
})

test('docs/simulator.md has no group of functions that are all supported', () => {
  expect(patterns.filter((pattern) => !unsupported.some((name) => matches(pattern, name)))).toEqual(
    [],
  )
})

test('docs/simulator.md does not call a working function unsupported', () => {
  const implemented = [
    ...read('native/simulator/store/function_table.h').matchAll(/^ {4}\{"(nvml\w+)"/gm),
  ].map(([, name]) => String(name))
  expect(implemented.length).toBeGreaterThan(100)
  const claimed = implemented.filter((name) => patterns.some((pattern) => matches(pattern, name)))
  expect(claimed).toEqual([])
})
