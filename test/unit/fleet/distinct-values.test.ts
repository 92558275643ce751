import { expect, test } from 'vitest'
import { packFleet, verifyBound } from '../../../lib/fleet.js'
import type { PackFleetProblem } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'
import { leastLeftOut, wanted } from '../../support/node-filters.js'
import { findPackingFault } from '../../support/packing.js'
import { seeded } from '../../support/random.js'

const geometry = geometryOf('a100-40gb')
const gpusOf = (length: number) =>
  Array.from({ length }, (_, number) => ({ id: `g${number}`, geometry }))

test('The most valuable of 400 requests for all of a GPU are placed, proven', async () => {
  const values = Array.from({ length: 400 }, (_, number) => 1 + ((number * 7919) % 400) * 3)
  const problem: PackFleetProblem = {
    requests: values.map((value) => ({ profile: '7g.40gb', value })),
    gpus: gpusOf(150),
  }
  const packing = await packFleet(problem)
  // One for each GPU: the 250 least values are left out.
  const least = values
    .toSorted((a, b) => a - b)
    .slice(0, 250)
    .reduce((sum, value) => sum + value, 0)
  expect(packing.objective).toEqual({ unplacedValue: least, gpus: 150, cost: 0 })
  expect(packing).toMatchObject({ gap: 0, lowerBound: packing.objective })
  expect(findPackingFault(problem, packing)).toBeNull()
  expect(verifyBound(problem, packing.certificate).valid).toBe(true)
})

test('Requests with values of their own that all fit take the GPUs that they take without values', async () => {
  const random = seeded(3)
  const names = ['1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb']
  const requests = Array.from({ length: 300 }, (_, number) => ({
    profile: names[random(names.length)] as string,
    value: number + 1,
  }))
  const valued = await packFleet({ requests, gpus: gpusOf(300) })
  const plain = await packFleet({
    requests: requests.map(({ profile }) => ({ profile })),
    gpus: gpusOf(300),
  })
  expect(plain.gap).toBe(0)
  expect(valued.objective).toEqual(plain.objective)
  expect(valued.gap).toBe(0)
})

test.each([1, 2, 3])(
  'Ten requests of each of 400 values leave out at most one in a thousand more than their certificate proves (seed %i)',
  async (seed) => {
    const random = seeded(seed)
    const names = ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb']
    const problem: PackFleetProblem = {
      requests: Array.from({ length: 400 }, (_, number) => ({
        profile: names[random(names.length)] as string,
        value: 1000 + number,
        count: 10,
      })),
      gpus: gpusOf(600),
    }
    const packing = await packFleet(problem, { solver: 'own' })
    expect(findPackingFault(problem, packing)).toBeNull()
    const check = verifyBound(problem, packing.certificate)
    expect(check).toEqual({ valid: true, lowerBound: packing.lowerBound })
    const { unplacedValue } = packing.objective
    expect(packing.lowerBound.unplacedValue).toBeGreaterThan(0)
    expect(unplacedValue).toBeLessThanOrEqual(1.001 * packing.lowerBound.unplacedValue)
  },
)

test.each([1, 2, 3])(
  'Four hundred requests with values of their own leave out the least that an integer program finds, proven with HiGHS (seed %i)',
  async (seed) => {
    const random = seeded(seed)
    const requests = Array.from({ length: 400 }, () => ({
      profile: wanted[random(wanted.length)] as string,
      value: 1 + random(1e6),
    }))
    const problem: PackFleetProblem = { requests, gpus: gpusOf(60) }
    const least = await leastLeftOut(requests, 60)
    const own = await packFleet(problem, { solver: 'own' })
    expect(own.objective.unplacedValue).toBe(least)
    expect(own.lowerBound.unplacedValue).toBeLessThanOrEqual(least)
    expect(verifyBound(problem, own.certificate).valid).toBe(true)
    const packing = await packFleet(problem)
    expect(packing.objective.unplacedValue).toBe(least)
    expect(packing.lowerBound.unplacedValue).toBe(least)
    expect(findPackingFault(problem, packing)).toBeNull()
    expect(verifyBound(problem, packing.certificate).valid).toBe(true)
  },
)
