import { expect, test } from 'vitest'
import { packFleet } from '../../../lib/fleet/pack/pack-fleet.js'
import fc from '../../support/property.js'

/** Slices and first slices of the profiles of an A30. */
const places = {
  '1g.6gb': { size: 1, starts: [0, 1, 2, 3] },
  '2g.12gb': { size: 2, starts: [0, 2] },
  '4g.24gb': { size: 4, starts: [0] },
} as const

interface Job {
  readonly profile: keyof typeof places
  readonly value: number
}

/** The most value that fits, by trying every place of every request. */
function mostValue([job, ...rest]: readonly Job[], taken: number): number {
  if (job === undefined) return 0
  const { size, starts } = places[job.profile]
  const slices = (2 ** size - 1) | 0
  const values = starts
    .map((start) => slices << start)
    .filter((mask) => (mask & taken) === 0)
    .map((mask) => job.value + mostValue(rest, taken | mask))
  return Math.max(mostValue(rest, taken), ...values)
}

const job = fc.record({
  profile: fc.constantFrom(...(Object.keys(places) as Job['profile'][])),
  value: fc.integer({ min: 1, max: 4 }),
})

test.each([false, true])(
  'packFleet without HiGHS places the most value that fits on one GPU: GPU with idle instances %s',
  async (hasIdle) => {
    const idle = places['1g.6gb'].starts.map((start) => ({
      profileId: 14,
      placement: { start, size: 1 },
      idle: true as const,
    }))
    const gpus = [{ id: 'a', model: 'A30', ...(hasIdle && { layout: idle }) }]
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 5 }), async (requests) => {
        const packing = await packFleet({ gpus, requests }, { solver: 'own', clearIdle: true })
        const all = requests.reduce((sum, { value }) => sum + value, 0)
        expect(all - packing.objective.unplacedValue).toBe(mostValue(requests, 0))
      }),
      { numRuns: 200 },
    )
  },
)
