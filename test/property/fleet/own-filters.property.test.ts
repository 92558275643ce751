import { expect, test } from 'vitest'
import { compactFleet, packFleet, verifyBound, verifyPlan } from '../../../lib/fleet.js'
import type { PackFleetProblem } from '../../../types/fleet/pack.js'
import { layoutOf } from '../../support/naive-gpu.js'
import { a100, type NodeRequest, solveWhole, wanted } from '../../support/node-filters.js'
import { findPackingFault } from '../../support/packing.js'
import { seeded } from '../../support/random.js'

function drawProblem(random: (below: number) => number, requests: number, nodes: number) {
  return {
    requests: Array.from({ length: requests }, (_, number) => ({
      id: `r${number}`,
      profile: wanted[random(wanted.length)] as string,
      value: 1 + random(2),
      where: {
        nodes: [...new Set([0, 1, 2].map(() => `n${random(nodes)}`))],
      },
    })),
    gpus: Array.from({ length: nodes }, (_, number) => ({
      id: `g${number}`,
      node: `n${number}`,
      geometry: a100.geometry,
    })),
  } satisfies PackFleetProblem
}

test.each([1, 2, 3, 4])(
  'requests with nodes of their own that do not all fit leave out the least that an integer program finds, proven (seed %i)',
  async (seed) => {
    const problem = drawProblem(seeded(seed), 100, 20)
    const packing = await packFleet(problem, { solver: 'own' })
    const least = await solveWhole(problem, null)
    expect(least).toBeGreaterThan(0)
    expect(packing.objective.unplacedValue).toBe(least)
    expect(packing.lowerBound.unplacedValue).toBe(least)
    expect(packing.proof).toBe('class-relaxation')
    expect(verifyBound(problem, packing.certificate)).toEqual({
      valid: true,
      lowerBound: packing.lowerBound,
    })
    expect(findPackingFault(problem, packing)).toBeNull()
  },
)

test.each([1, 2, 3])(
  'requests with nodes of their own that all fit use as few GPUs as an integer program, with a true bound (seed %i)',
  async (seed) => {
    const problem = drawProblem(seeded(seed), 60, 40)
    const packing = await packFleet(problem, { solver: 'own' })
    const { unplacedValue, gpus } = packing.objective
    expect(unplacedValue).toBe(await solveWhole(problem, null))
    const fewest = await solveWhole(problem, unplacedValue)
    expect(packing.lowerBound.gpus).toBeLessThanOrEqual(fewest)
    expect(gpus).toBe(fewest)
    expect(verifyBound(problem, packing.certificate).valid).toBe(true)
    expect(findPackingFault(problem, packing)).toBeNull()
  },
)

/** A fleet that was filled at random: each request may be on its GPU and on up to three others. */
function drawInUse(random: (below: number) => number, nodes: number) {
  const requests: NodeRequest[] = []
  const gpus = Array.from({ length: nodes }, (_, number) => {
    const set = a100.sets[random(a100.sets.length)] as (typeof a100.sets)[number]
    const layout = layoutOf(a100, set).flatMap((instance, index) => {
      const name = a100.geometry.profiles.find(({ id }) => id === instance.profileId)?.name ?? ''
      if (!wanted.includes(name) || random(3) === 0) return []
      const id = `r${number}-${index}`
      const others = [0, 1, 2].map(() => `n${random(nodes)}`)
      const where = { nodes: [...new Set([`n${number}`, ...others])] }
      requests.push({ id, profile: name, value: 1, where })
      return [{ id, ...instance }]
    })
    return { id: `g${number}`, node: `n${number}`, geometry: a100.geometry, layout }
  })
  return { requests, gpus }
}

test.each([
  [6, 1],
  [6, 2],
  [12, 3],
  [20, 1],
  [20, 2],
  [40, 1],
])(
  '%i GPUs of requests with nodes of their own are compacted to as few as an integer program finds, with true bounds (seed %i)',
  async (nodes, seed) => {
    const fleet = drawInUse(seeded(seed), nodes)
    const answer = await compactFleet(fleet, { solver: 'own' })
    const fewest = await solveWhole(fleet, 0)
    expect(answer.lowerBound.gpus).toBeLessThanOrEqual(fewest)
    expect(answer.gpus).toBe(fewest)
    expect(verifyPlan({ kind: 'compaction', fleet }, answer)).toMatchObject({ valid: true })
  },
)

test.each([1, 2, 3])(
  '20 GPUs of requests with nodes of their own are compacted with HiGHS to proven figures (seed %i)',
  async (seed) => {
    const fleet = drawInUse(seeded(seed), 20)
    const answer = await compactFleet(fleet)
    expect(answer.gpus).toBe(await solveWhole(fleet, 0))
    expect(answer.lowerBound.gpus).toBe(answer.gpus)
    expect(answer.gap).toBe(0)
    expect(verifyPlan({ kind: 'compaction', fleet }, answer)).toMatchObject({ valid: true })
  },
)

test('100 GPUs of requests with nodes of their own are compacted to at most one GPU more than the certificate proves', async () => {
  const fleet = drawInUse(seeded(1), 100)
  const answer = await compactFleet(fleet, { solver: 'own' })
  const { lowerBound } = answer.certificate ?? { lowerBound: { gpus: 0 } }
  expect(answer.gpus).toBeLessThanOrEqual(lowerBound.gpus + 1)
  expect(verifyPlan({ kind: 'compaction', fleet }, answer)).toMatchObject({ valid: true })
})
