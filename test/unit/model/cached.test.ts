import { expect, test } from 'vitest'
import { cached } from '../../../lib/model/cached.js'

test('cached makes a value at the first call and returns it at later calls', () => {
  const map = new Map<string, readonly string[]>()
  const made: string[] = []
  const make = (key: string): readonly string[] => {
    made.push(key)
    return [key]
  }
  const first = cached(map, 'a', make)
  expect(cached(map, 'a', make)).toBe(first)
  expect(cached(map, 'b', make)).toEqual(['b'])
  expect(made).toEqual(['a', 'b'])
})

test('cached keeps null as a value', () => {
  let calls = 0
  const map = new Map<number, null>()
  const make = (): null => {
    calls += 1
    return null
  }
  expect([cached(map, 1, make), cached(map, 1, make)]).toEqual([null, null])
  expect(calls).toBe(1)
})

test('cached serves a weak map, and a value that other cached values need', () => {
  const root = { above: null }
  const leaf = { above: root }
  const depths = new WeakMap<object, number>()
  const depthOf = (node: { readonly above: typeof root | null }): number =>
    cached(depths, node, () => (node.above === null ? 0 : depthOf(node.above) + 1))
  expect(depthOf(leaf)).toBe(1)
  expect(depths.get(root)).toBe(0)
})
