// The search for a spread trusts a bound: one that is above the true cost would hide the cheapest distribution.

import { expect, test } from 'vitest'
import type { WantedSpread } from '../../../lib/model/wanted.js'
import { addPresent, createSpreadBound } from '../../../lib/plan/spread/spread-bound.js'
import { cheapestSpread } from '../../support/cheapest-spread.js'
import { want } from '../../support/devices.js'
import { wantedOf } from '../../support/planning.js'
import fc from '../../support/property.js'
import { type GpuSpec, stateOf } from '../../support/state.js'

const names = ['1g.6gb', '2g.12gb', '1c.2g.12gb', '2c.4g.24gb', '4g.24gb'] as const
const layouts: readonly (readonly string[])[] = [
  [],
  ['4g.24gb@0'],
  ['4g.24gb@0:2c,1c'],
  ['2g.12gb@0', '2g.12gb@2'],
  ['2g.12gb@2:1c', '1g.6gb@0'],
  ['2g.12gb@0:1c,1c', '2g.12gb@2:'],
  ['1g.6gb@1', '1g.6gb@2'],
]
const spec = fc.oneof(
  fc.constantFrom(...layouts).map((instances): GpuSpec => ({ key: 'a30-24gb', instances })),
  fc.constant<GpuSpec>({ key: 'a30-24gb', migEnabled: false }),
)

function spreadOver(specs: readonly GpuSpec[], counts: readonly number[]): WantedSpread {
  return {
    kind: 'spread',
    entry: 0,
    count: null,
    sizes: names.map((name, size) => ({ name, count: counts[size] ?? 0 })),
    gpus: stateOf(specs).gpus.map((gpu) => ({
      gpu: wantedOf(gpu),
      sizes: names.map((name) =>
        gpu.geometry === null ? null : (want(gpu.geometry, { [name]: 1 })[0] ?? null),
      ),
    })),
  }
}

function boundOf(spread: WantedSpread): number {
  const bound = createSpreadBound(spread)
  const all = spread.gpus.map(bound.presentOn).reduce((a, b) => addPresent(a, b))
  return bound.leastCost(
    all,
    spread.sizes.map(({ count }) => count),
    false,
  )
}

test('the bound of a spread is never above the cheapest of all distributions', () => {
  const counts = fc.tuple(
    ...names.map((name) => fc.integer({ min: 0, max: name.startsWith('1') ? 3 : 1 })),
  )
  let possible = 0
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 2 }), counts, (specs, wanted) => {
      const spread = spreadOver(specs, wanted)
      const best = cheapestSpread(spread)
      if (best === Number.POSITIVE_INFINITY) return
      possible++
      expect(boundOf(spread)).toBeLessThanOrEqual(best)
    }),
    { numRuns: 100 },
  )
  expect(possible).toBeGreaterThan(20)
})

test.each<[string, readonly GpuSpec[], readonly number[]]>([
  [
    'on empty GPUs',
    [
      { key: 'a30-24gb', instances: [] },
      { key: 'a30-24gb', instances: [] },
    ],
    [2, 1, 0, 0, 1],
  ],
  [
    'on GPUs with MIG off',
    [
      { key: 'a30-24gb', migEnabled: false },
      { key: 'a30-24gb', migEnabled: false },
    ],
    [4, 0, 0, 0, 1],
  ],
  [
    'where some are too many',
    [{ key: 'a30-24gb', instances: ['1g.6gb@0', '1g.6gb@1', '2g.12gb@2'] }],
    [1, 1, 0, 0, 0],
  ],
  ['where others are in the way', [{ key: 'a30-24gb', instances: ['4g.24gb@0'] }], [0, 2, 0, 0, 0]],
  [
    'where all is as wanted',
    [{ key: 'a30-24gb', instances: ['2g.12gb@0', '2g.12gb@2'] }],
    [0, 2, 0, 0, 0],
  ],
])(
  'the bound of a spread of whole profiles is its cost %s, so that no search is needed',
  (_, specs, wanted) => {
    const spread = spreadOver(specs, wanted)
    expect(boundOf(spread)).toBe(cheapestSpread(spread))
  },
)
