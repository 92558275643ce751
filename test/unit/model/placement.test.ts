import { describe, expect, test } from 'vitest'
import {
  byPlacement,
  formatPlacement,
  isSameInstance,
  isSamePlace,
  mayBePart,
  overlaps,
} from '../../../lib/model/placement.js'

const at = (start: number, size: number) => ({ start, size })

test('formatPlacement writes start and size', () => {
  expect(formatPlacement(at(4, 2))).toBe('4:2')
})

test.each([
  [at(0, 2), at(0, 2), true],
  [at(0, 2), at(1, 2), false],
  [at(0, 2), at(0, 1), false],
  [at(0, 2), null, false],
  [null, at(0, 2), false],
  [null, null, true],
])('isSamePlace of %j and %j is %s', (a, b, same) => {
  expect(isSamePlace(a, b)).toBe(same)
})

test('instances of one profile at one place are the same', () => {
  const one = { profileId: 9, placement: at(0, 4) }
  expect(isSameInstance(one, { ...one })).toBe(true)
  expect(isSameInstance(one, { ...one, profileId: 5 })).toBe(false)
  expect(isSameInstance(one, { ...one, placement: at(4, 4) })).toBe(false)
})

describe('mayBePart', () => {
  const there = { sliceCount: 2, profileId: 1, placement: at(0, 2) }
  test.each([
    [{ sliceCount: 2, placement: null }, true],
    [{ sliceCount: 1, placement: null }, false],
    [{ sliceCount: 2, profileId: 1, placement: null }, true],
    [{ sliceCount: 2, profileId: 7, placement: null }, false],
    [{ sliceCount: 2, placement: at(0, 2) }, true],
    [{ sliceCount: 2, placement: at(2, 2) }, false],
  ])('a live compute instance may be the wanted %j: %s', (wanted, may) => {
    expect(mayBePart(there, wanted)).toBe(may)
  })

  test('a live compute instance without a reported place may be one at any place', () => {
    expect(mayBePart({ ...there, placement: null }, { sliceCount: 2, placement: at(2, 2) })).toBe(
      true,
    )
  })
})

test.each([
  [at(0, 2), at(2, 2), false],
  [at(2, 2), at(0, 2), false],
  [at(0, 2), at(1, 2), true],
  [at(0, 4), at(1, 2), true],
  [at(1, 2), at(0, 4), true],
])('overlaps of %j and %j is %s', (a, b, expected) => {
  expect(overlaps(a, b)).toBe(expected)
})

test('byPlacement sorts by start, then by size', () => {
  const placed = [at(4, 2), at(0, 4), at(4, 1), at(0, 2)].map((placement) => ({ placement }))
  expect(placed.toSorted(byPlacement).map(({ placement }) => formatPlacement(placement))).toEqual([
    '0:2',
    '0:4',
    '4:1',
    '4:2',
  ])
})
