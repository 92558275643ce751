import { describe, expect, test } from 'vitest'
import {
  limitNamedGpus,
  limitNamedPlacements,
  limitSums,
  requirePrice,
} from '../../../lib/fleet/model/limits.js'
import { gpuName, readMemberName, requestName } from '../../../lib/fleet/model/member-name.js'
import { migErrorOf } from '../../support/errors.js'

const messageOf = (call: () => void): string => {
  const { code, message } = migErrorOf(call)
  expect(code).toBe('MIG_FLEET_INVALID')
  return message
}

describe('Limits on what has a name', () => {
  test('A fleet names at most 2^20 GPUs, including those that are there', () => {
    expect(() => limitNamedGpus([{ count: 2 ** 20 - 1 }, {}])).not.toThrow()
    expect(() => limitNamedGpus([{ count: 5 }], 2 ** 20 - 5)).not.toThrow()
    expect(messageOf(() => limitNamedGpus([{ count: 2 ** 20 }, {}]))).toBe(
      'gpus have 1048577 GPUs in all; at most 1048576 can have names.',
    )
    expect(messageOf(() => limitNamedGpus([{}], 2 ** 20))).toMatch(/^gpus have 1048577/)
  })

  test('A packing names at most 2^22 placements', () => {
    expect(() => limitNamedPlacements(2 ** 22)).not.toThrow()
    expect(messageOf(() => limitNamedPlacements(2 ** 22 + 1))).toMatch(
      /^requests have 4194305 placements in all; at most 4194304 can have names/,
    )
  })
})

describe('Limits that keep sums exact', () => {
  test.each([0, 1, 2 ** 40])('A price of %d is accepted', (price) => {
    expect(() => requirePrice(price, 0, ['cost'])).not.toThrow()
  })

  test.each([-1, 0.5, 2 ** 40 + 1, Number.NaN, '1', null])('A price of %s is refused', (price) => {
    expect(messageOf(() => requirePrice(price, 0, ['cost']))).toMatch(/^cost is /)
  })

  const request = (count: number, value = 1) => ({ profile: 'p', count, value })
  test.each<[string, Parameters<typeof limitSums>, string | null]>([
    ['counts', [[request(2 ** 52), request(2 ** 52 - 1)], [], 1], null],
    ['counts', [[request(2 ** 52), request(2 ** 52)], [], 1], 'requests[1].count'],
    ['values', [[request(2 ** 20, 2 ** 33)], [], 1], 'requests[0].count'],
    ['memory', [[request(2 ** 30), request(2 ** 33)], [], 2 ** 20], 'requests[1].count'],
    ['memory', [[request(2 ** 30), request(2 ** 32)], [], 2 ** 20], null],
    [
      'GPUs',
      [
        [],
        [
          { id: 'a', count: 2 ** 52 },
          { id: 'b', count: 2 ** 52 },
        ],
        1,
      ],
      'gpus[1].count',
    ],
    ['costs', [[], [{ id: 'a', count: 2 ** 20, cost: 2 ** 33 }], 1], 'gpus[0].count'],
    ['costs', [[], [{ id: 'a', count: 2 ** 20, cost: 2 ** 32 }], 1], null],
  ])(
    'A sum of %s is refused only if it is too large to be exact (case %#)',
    (_, [requests, gpus, largestMiB], place) => {
      const call = (): void => limitSums(requests, gpus, largestMiB)
      if (place === null) expect(call).not.toThrow()
      else expect(messageOf(call)).toContain(place)
    },
  )
})

test('A member of an entry with a count has a numbered name, an entry without a count its id', () => {
  expect(gpuName({ id: 'a' }, 0)).toBe('a')
  expect(gpuName({ id: 'a', count: 1 }, 0)).toBe('a/0')
  expect(requestName({ id: 'r', count: 3 }, 2)).toBe('r/2')
  expect(requestName({ id: 'r' }, 2)).toBe('r')
  expect(requestName({ count: 3 }, 2)).toBeNull()
  expect(requestName(undefined, 2)).toBeNull()
  expect(readMemberName('a/b/12')).toEqual({ id: 'a/b', number: 12 })
  expect(['a', 'a/', 'a/x', 'a/01', 'a/-1', 'a/1b'].map(readMemberName)).toEqual(
    Array.from({ length: 6 }, () => null),
  )
})
