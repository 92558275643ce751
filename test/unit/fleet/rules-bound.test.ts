import { expect, test } from 'vitest'
import { packFleet } from '../../../lib/fleet/pack/pack-fleet.js'
import { verifyBound } from '../../../lib/fleet/pack/verify-bound.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'

const model = 'A100-SXM4-40GB'
const three: readonly FleetGpu[] = ['a', 'b', 'c'].map((id) => ({
  id,
  model,
  node: id === 'c' ? 'two' : 'one',
}))
const cache = { profileId: 19, placement: { start: 0, size: 1 }, labels: ['cache'] }

const cases: readonly (readonly [string, readonly FleetGpu[], readonly FleetRequest[], number])[] =
  [
    [
      'spread lets one in on each GPU',
      three,
      [{ profile: '1g.5gb', count: 5, labels: ['web'], spread: [{ label: 'web', maxPerGpu: 1 }] }],
      2,
    ],
    [
      'spread lets two in on each node',
      three,
      [
        {
          profile: '1g.5gb',
          count: 5,
          value: 3,
          labels: ['web'],
          spread: [{ label: 'web', maxPerNode: 2 }],
        },
      ],
      3,
    ],
    [
      'avoid leaves the GPUs of one node',
      [{ id: 'd', model, node: 'one', layout: [cache] }, ...three],
      [{ profile: '3g.20gb', count: 4, avoid: [{ label: 'cache', scope: 'node' }] }],
      2,
    ],
    [
      'requests that avoid each other get one GPU each',
      three,
      [{ profile: '2g.10gb', count: 4, labels: ['db'], avoid: [{ label: 'db', scope: 'gpu' }] }],
      1,
    ],
    [
      'no node takes all of those that belong together',
      three,
      [
        { profile: '7g.40gb', count: 3, sameNode: 'job' },
        { profile: '1g.5gb', sameNode: 'job' },
      ],
      4,
    ],
  ]

test.each(cases)('%s, and the packing is proven best', async (_what, gpus, requests, left) => {
  const { objective, lowerBound, certificate } = await packFleet({ gpus, requests })
  expect(objective.unplacedValue).toBe(left)
  expect(lowerBound.unplacedValue).toBe(left)
  expect(verifyBound({ gpus, requests }, certificate).valid).toBe(true)
  const more = {
    ...certificate,
    lowerBound: { ...certificate.lowerBound, unplacedValue: left + 1 },
  }
  expect(verifyBound({ gpus, requests }, more).valid).toBe(false)
})
