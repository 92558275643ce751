import { describe, expect, test } from 'vitest'
import {
  formatPlacement,
  isSameInstance,
  isSamePlace,
  mayBePart,
} from '../../../lib/model/placement.js'

const at = (start: number, size: number) => ({ start, size })

test('a place is written as start and size', () => {
  expect(formatPlacement(at(4, 2))).toBe('4:2')
})

test.each([
  [at(0, 2), at(0, 2), true],
  [at(0, 2), at(1, 2), false],
  [at(0, 2), at(0, 1), false],
  [at(0, 2), null, false],
  [null, at(0, 2), false],
  [null, null, true],
])('%j and %j are one place: %s', (a, b, same) => {
  expect(isSamePlace(a, b)).toBe(same)
})

test('instances of one profile at one place are one', () => {
  const one = { profileId: 9, placement: at(0, 4) }
  expect(isSameInstance(one, { ...one })).toBe(true)
  expect(isSameInstance(one, { ...one, profileId: 5 })).toBe(false)
  expect(isSameInstance(one, { ...one, placement: at(4, 4) })).toBe(false)
})

describe('a live compute instance may be the wanted one', () => {
  const there = { sliceCount: 2, profileId: 1, placement: at(0, 2) }
  test.each([
    [{ sliceCount: 2, placement: null }, true],
    [{ sliceCount: 1, placement: null }, false],
    [{ sliceCount: 2, profileId: 1, placement: null }, true],
    [{ sliceCount: 2, profileId: 7, placement: null }, false],
    [{ sliceCount: 2, placement: at(0, 2) }, true],
    [{ sliceCount: 2, placement: at(2, 2) }, false],
  ])('%j: %s', (wanted, may) => {
    expect(mayBePart(there, wanted)).toBe(may)
  })

  test('also where the driver does not say its place', () => {
    expect(mayBePart({ ...there, placement: null }, { sliceCount: 2, placement: at(2, 2) })).toBe(
      true,
    )
  })
})
