import { describe, expect, test } from 'vitest'
import { packFleet, verifyBound } from '../../../lib/fleet.js'
import type { PackFleetProblem } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'
import { findPackingFault } from '../../support/packing.js'

const geometries = ['a30-24gb', 'a100-40gb', 'a100-80gb', 'b200-180gb'].map(geometryOf)
const problem: PackFleetProblem = {
  requests: [3, 8, 17, 35, 60].flatMap((gib, index) =>
    [1, 2, 3].map((computeSlices) => ({
      need: { memoryMiB: gib * 1000, computeSlices },
      count: 20 + 7 * index + computeSlices,
    })),
  ),
  gpus: Array.from({ length: 400 }, (_, index) => ({
    id: `gpu${index}`,
    geometry: geometries[index % geometries.length] as (typeof geometries)[number],
  })),
}

describe('packFleet with a limit on time or work', () => {
  test('A packing gets better with more work, and is correct and bounded at any amount', async () => {
    const full = await packFleet(problem, { solver: 'own' })
    let before = Number.POSITIVE_INFINITY
    for (const workUnits of [0, 100, 1000, 10_000_000]) {
      const packing = await packFleet(problem, { workUnits })
      expect(findPackingFault(problem, packing)).toBeNull()
      expect(verifyBound(problem, packing.certificate)).toMatchObject({ valid: true })
      const worth = packing.objective.unplacedValue * 1000 + packing.objective.gpus
      expect(worth).toBeLessThanOrEqual(before)
      before = worth
      expect(packing.lowerBound.gpus).toBeLessThanOrEqual(full.objective.gpus)
      expect(packing.stopped).toBe(workUnits > 1000 ? null : 'work-units')
    }
    expect(before).toBe(full.objective.unplacedValue * 1000 + full.objective.gpus)
    expect(full.gap).toBe(0)
  })

  test('A packing without any work is at most a fifth above the best', async () => {
    const best = await packFleet(problem, { solver: 'own' })
    const first = await packFleet(problem, { workUnits: 0 })
    expect(best.gap).toBe(0)
    expect(first.objective.unplacedValue).toBe(best.objective.unplacedValue)
    expect(first.objective.gpus).toBeLessThanOrEqual(1.2 * best.objective.gpus)
  })

  test('A packing with a deadline of 0 ms still has an answer', async () => {
    const packing = await packFleet(problem, { deadlineMs: 0 })
    expect(findPackingFault(problem, packing)).toBeNull()
    expect(packing.stopped).toBe('deadline')
  })

  test.each([
    ['few classes', 1],
    ['a filter for each request', 150],
  ])(
    'A packing that stops before any work has a bound that its certificate proves, with %s',
    async (_name, nodes) => {
      const asked = Array.from({ length: 150 }, (_, number) => ({
        profile: number % 2 === 0 ? '3g.20gb' : '2g.10gb',
        where: { nodes: [`n${number % nodes}`, 'shared'] },
      }))
      const few: PackFleetProblem = {
        requests: asked,
        gpus: Array.from({ length: 10 }, (_, number) => ({
          id: `g${number}`,
          node: 'shared',
          geometry: geometryOf('a100-40gb'),
        })),
      }
      const packing = await packFleet(few, { workUnits: 0 })
      expect(packing.stopped).toBe('work-units')
      // A 2g takes two of eight memory units and a 3g four: ten GPUs hold at most 40 requests.
      expect(packing.lowerBound.unplacedValue).toBeGreaterThanOrEqual(100)
      expect(packing.lowerBound.unplacedValue).toBeLessThanOrEqual(packing.objective.unplacedValue)
      expect(verifyBound(few, packing.certificate)).toMatchObject({ valid: true })
      expect(findPackingFault(few, packing)).toBeNull()
    },
  )

  test('The same packing problem has the same answer', async () => {
    const [one, other] = await Promise.all([
      packFleet(problem),
      packFleet(structuredClone(problem)),
    ])
    expect(other).toEqual(one)
  })

  test('An aborted signal rejects a packing with its reason', async () => {
    const reason = new Error('enough')
    await expect(packFleet(problem, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test.each([
    [{ workUnits: -1 }, 'workUnits'],
    [{ deadlineMs: Number.NaN }, 'deadlineMs'],
  ])('packFleet refuses the options %j', async (options, name) => {
    await expect(packFleet(problem, options)).rejects.toMatchObject({
      code: 'MIG_FLEET_INVALID',
      message: expect.stringContaining(name),
    })
  })
})
