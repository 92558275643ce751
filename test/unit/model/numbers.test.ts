import { expect, test } from 'vitest'
import { at, countBits, hasBit, numberAt, sum, wordAt } from '../../../lib/model/numbers.js'

test('sum adds up numbers, and is 0 without any', () => {
  expect(sum([])).toBe(0)
  expect(sum([3, -1, 5])).toBe(7)
})

test.each([
  [0, 0],
  [1, 1],
  [0b1011, 3],
  [0x7fffffff, 31],
  [-1, 32],
])('countBits of %i is %i', (mask, count) => {
  expect(countBits(mask)).toBe(count)
})

test('at, wordAt and numberAt return the entry at an index, and throw for an index out of range', () => {
  expect(at(['a', 'b'], 1)).toBe('b')
  expect(at([null], 0)).toBeNull()
  const words = Int32Array.of(7, 0)
  expect([wordAt(words, 0), wordAt(words, 1)]).toEqual([7, 0])
  expect(numberAt(Float64Array.of(0.5), 0)).toBe(0.5)
  for (const index of [-1, 2]) {
    expect(() => at(['a', 'b'], index)).toThrow(RangeError)
    expect(() => wordAt(words, index)).toThrow(RangeError)
    expect(() => numberAt(words, index)).toThrow(RangeError)
  }
})

test('hasBit finds bits across words of 32', () => {
  const words = Int32Array.of(0b101, 1 << 31)
  const bits = Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => hasBit(words, bit))
  expect(bits).toEqual([0, 2, 63])
  expect(() => hasBit(words, 64)).toThrow(RangeError)
})
