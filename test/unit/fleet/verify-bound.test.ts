import { describe, expect, test } from 'vitest'
import { packFleet, verifyBound } from '../../../lib/fleet.js'
import type {
  FleetCertificate,
  FleetPacking,
  FleetPrices,
  PackFleetProblem,
} from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')
const instance = { profileId: 19, placement: { start: 6, size: 1 } }

/** Too many requests for a mixed fleet in use, with costs: all three figures need a proof. */
const problem: PackFleetProblem = {
  requests: [
    { need: { memoryMiB: 9000 }, count: 9 },
    { profile: '3g.20gb', count: 3 },
    { profile: '7g.40gb', count: 3, value: 2 },
  ],
  gpus: [
    { id: 'a', count: 4, geometry: a100, cost: 7 },
    { id: 'b', geometry: a100, layout: [instance], cost: 1 },
    { id: 'c', count: 3, geometry: geometryOf('a30-24gb'), cost: 2 },
  ],
  objective: 'cost',
}
const roomy: PackFleetProblem = {
  ...problem,
  gpus: problem.gpus.map((gpu) => (gpu.id === 'a' ? { ...gpu, count: 40 } : gpu)),
}

const known = new Map<PackFleetProblem, Promise<FleetPacking>>()

/** Solved once for all tests. */
function pack(of: PackFleetProblem): Promise<FleetPacking> {
  const packing = known.get(of) ?? packFleet(of)
  known.set(of, packing)
  return packing
}

function withPrices(
  certificate: FleetCertificate,
  change: (prices: FleetPrices) => FleetPrices,
): FleetCertificate {
  const { gpus } = certificate
  return gpus === null ? certificate : { ...certificate, gpus: change(gpus) }
}

describe('verifyBound', () => {
  test.each([
    ['a fleet that is too small', problem],
    ['a fleet that is large enough', roomy],
  ])('verifyBound accepts a true certificate: %s', async (_, of) => {
    const packing = await pack(of)
    expect(packing.gap).toBe(0)
    expect(verifyBound(of, packing.certificate)).toEqual({
      valid: true,
      lowerBound: packing.certificate.lowerBound,
    })
    expect(Object.values(packing.certificate.lowerBound).some((figure) => figure > 0)).toBe(true)
  })

  test.each(['unplacedValue', 'gpus', 'cost'] as const)(
    'verifyBound refuses a bound that is one more than the prices prove: %s',
    async (figure) => {
      for (const of of [problem, roomy]) {
        const { certificate } = await pack(of)
        const lowerBound = { ...certificate.lowerBound }
        lowerBound[figure] += 1
        expect(verifyBound(of, { ...certificate, lowerBound })).toMatchObject({ valid: false })
      }
    },
  )

  test.each<[string, (prices: FleetPrices) => FleetPrices]>([
    [
      'prices that are twice as high',
      (found) => ({ ...found, prices: found.prices.map((price) => 2 * price) }),
    ],
    ['prices of 0', (found) => ({ ...found, prices: found.prices.map(() => 0) })],
    ['a negative price', (found) => ({ ...found, prices: found.prices.with(0, -1) })],
    [
      'a price that is not a number',
      (found) => ({ ...found, prices: found.prices.with(0, Number.NaN) }),
    ],
    ['a price that is a fraction', (found) => ({ ...found, prices: found.prices.with(0, 0.5) })],
    [
      'prices that are too large to be exact',
      (found) => ({ ...found, prices: found.prices.with(0, 2 ** 53) }),
    ],
    ['one price too few', (found) => ({ ...found, prices: found.prices.slice(1) })],
    ['a smaller denominator', (found) => ({ ...found, denominator: 1 })],
    ['a denominator of 0', (found) => ({ ...found, denominator: 0 })],
    [
      'a weight of 0 for GPUs',
      (found) => ({ ...found, weights: { ...found.weights, gpus: found.weights.gpus * 2 } }),
    ],
    [
      'a weight for a later figure',
      (found) => ({ ...found, weights: { ...found.weights, cost: 1 } }),
    ],
  ])('verifyBound refuses prices: %s', async (_, change) => {
    const { certificate } = await pack(roomy)
    expect(certificate.gpus).not.toBeNull()
    expect(verifyBound(roomy, withPrices(certificate, change))).toMatchObject({ valid: false })
  })

  test('verifyBound refuses prices that are higher throughout: GPUs then hold more than they cost', async () => {
    const { certificate, objective } = await pack(roomy)
    const { gpus } = certificate
    expect(gpus).not.toBeNull()
    if (gpus === null) return
    const dearer: FleetCertificate = {
      ...certificate,
      lowerBound: { ...certificate.lowerBound, gpus: objective.gpus + 1 },
      gpus: {
        ...gpus,
        prices: gpus.prices.map((price) => 2 * price),
        weights: { ...gpus.weights, unplacedValue: 2 * gpus.weights.unplacedValue },
      },
    }
    expect(verifyBound(roomy, dearer)).toMatchObject({
      valid: false,
      reason: expect.stringContaining('prove'),
    })
  })

  test('verifyBound refuses the prices of another problem', async () => {
    const { certificate } = await pack(roomy)
    const requests = roomy.requests.map((request) => ({ ...request, count: 1 }))
    expect(verifyBound({ ...roomy, requests }, certificate)).toMatchObject({ valid: false })
  })

  test('verifyBound checks the certificate of a closed form like any other', async () => {
    const plain: PackFleetProblem = {
      requests: [
        { profile: '1g.5gb', count: 3000 },
        { profile: '3g.20gb', count: 900 },
      ],
      gpus: [{ id: 'gpu', count: 5000, geometry: a100 }],
    }
    const { certificate, proof } = await packFleet(plain, { names: false })
    expect(proof).toBe('closed-form')
    expect(verifyBound(plain, certificate)).toMatchObject({ valid: true })
    const more = { ...certificate.lowerBound, gpus: certificate.lowerBound.gpus + 1 }
    expect(verifyBound(plain, { ...certificate, lowerBound: more })).toMatchObject({ valid: false })
  })

  test('verifyBound counts a request without a count as one', async () => {
    const each: PackFleetProblem = {
      requests: Array.from({ length: 9 }, () => ({ profile: '3g.20gb' })),
      gpus: [{ id: 'gpu', count: 6, geometry: a100 }],
    }
    const { certificate } = await packFleet(each)
    expect(certificate.lowerBound.gpus).toBe(5)
    expect(verifyBound(each, certificate)).toMatchObject({ valid: true })
    for (const gpus of [6, 7, 1000]) {
      const lowerBound = { ...certificate.lowerBound, gpus }
      expect(verifyBound(each, { ...certificate, lowerBound })).toMatchObject({ valid: false })
    }
  })
})
