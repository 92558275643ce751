import { expect, test } from 'vitest'
import { createFleet, joinPackings, packFleet, splitPacking } from '../../../lib/fleet.js'
import type { PackFleetProblem, PackingShard } from '../../../types/fleet/pack.js'
import { migErrorOf } from '../../support/errors.js'
import { seeded } from '../../support/random.js'

const profiles = ['1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']

function drawProblem(seed: number): PackFleetProblem {
  const random = seeded(seed)
  const nodes = 2 + random(7)
  const gpus = Array.from({ length: nodes }, (_, node) => ({
    id: `g${node}`,
    node: `n${node}`,
    model: 'A100-SXM4-40GB',
    count: 1 + random(4),
    labels: { zone: `${node % 2}` },
  }))
  const requests = Array.from({ length: 3 + random(12) }, (_, number) => ({
    id: `r${number}`,
    profile: profiles[random(profiles.length)] ?? '',
    value: 1 + random(3),
    ...(random(2) === 0 && { count: random(8) }),
    ...(random(4) === 0 && { where: { labels: { zone: `${random(2)}` } } }),
    ...(random(6) === 0 && { where: { nodes: [`n${random(nodes)}`] } }),
    ...(random(8) === 0 && { sameNode: 'together' }),
  }))
  return { gpus, requests }
}

async function packShards(
  shards: readonly PackingShard[],
): Promise<Parameters<typeof joinPackings>[1]> {
  return Promise.all(shards.map(({ problem }) => packFleet(problem)))
}

test('packings of shards make a packing of the whole problem, and the bound of the whole is one for it', async () => {
  let placed = 0
  for (let seed = 0; seed < 60; seed += 1) {
    const problem = drawProblem(seed)
    const shards = splitPacking(problem, 1 + (seed % 4))
    const whole = await packFleet(problem)
    const joined = joinPackings(shards, await packShards(shards), whole)

    // A running fleet takes every placement, where the packing has it.
    const fleet = createFleet({ gpus: problem.gpus })
    for (const { request, entry, gpu, placement } of joined.placements) {
      const { profile, where, sameNode, id, count } = problem.requests[entry] ?? {}
      if (placement === null || request === null)
        throw new Error('each request is for a MIG device, by its name')
      expect(request.startsWith(`${id}${count === undefined ? '' : '/'}`)).toBe(true)
      const asked = { id: request.replace('/', '-'), profile, where, sameNode }
      expect(fleet.place(asked as never, { at: { gpu, placement } }).kind).toBe('placed')
    }
    const inUse = fleet.snapshot().gpus.filter(({ layout = [] }) => layout.length > 0).length
    expect(joined.objective.gpus).toBe(inUse)
    const names = problem.requests.flatMap(({ id, count }) =>
      count === undefined ? [id] : Array.from({ length: count }, (_, number) => `${id}/${number}`),
    )
    const left = joined.unplaced.reduce((sum, { count }) => sum + count, 0)
    const found = joined.placements.map(({ request }) => request)
    expect(new Set(found).size).toBe(found.length)
    expect(found.every((name) => names.includes(name ?? ''))).toBe(true)
    expect(found.length + left).toBe(names.length)
    const value = joined.unplaced.reduce(
      (sum, { entry, count }) => sum + count * (problem.requests[entry]?.value ?? 1),
      0,
    )
    expect(joined.objective.unplacedValue).toBe(value)

    const { objective, lowerBound } = joined
    expect(lowerBound).toEqual(whole.lowerBound)
    expect(objective.unplacedValue).toBeGreaterThanOrEqual(lowerBound.unplacedValue)
    if (objective.unplacedValue === lowerBound.unplacedValue)
      expect(objective.gpus).toBeGreaterThanOrEqual(lowerBound.gpus)
    placed += found.length
  }
  expect(placed).toBeGreaterThan(500)
})

test('without the whole problem, the bounds of shards add up', async () => {
  const gpus = ['one', 'two'].map((node) => ({ id: node, node, model: 'A30', count: 2 }))
  const requests = [{ id: 'r', profile: '2g.12gb', count: 6 }]
  const shards = splitPacking({ gpus, requests }, 2)
  const joined = joinPackings(shards, await packShards(shards))
  // Three halves of a GPU in each shard, and three GPUs are enough for six of them without shards.
  expect(joined.objective).toEqual({ unplacedValue: 0, gpus: 4, cost: 0 })
  expect(joined).toMatchObject({ lowerBound: { gpus: 4 }, gap: 0 })
  const whole = await packFleet({ gpus, requests }, { names: false })
  const known = joinPackings(shards, await packShards(shards), whole)
  expect(known).toMatchObject({ lowerBound: { gpus: 3 }, gap: 0.25 })
  expect(known.placements.map(({ request }) => request)).toEqual(
    [0, 1, 2, 3, 4, 5].map((number) => `r/${number}`),
  )
})

test('requests that only one shard can serve go there, and those with one sameNode stay together', () => {
  const gpus = ['one', 'two', 'three'].map((node) => ({ id: node, node, model: 'A30' }))
  const requests = [
    { id: 'a', profile: '1g.6gb', count: 4, where: { nodes: ['two'] } },
    { id: 'b', profile: '1g.6gb', sameNode: 's' },
    { id: 'c', profile: '2g.12gb', sameNode: 's' },
    { id: 'd', profile: '1g.6gb', where: { nodes: ['nowhere'] }, count: 2 ** 40 },
  ]
  const ids = splitPacking({ gpus, requests }, 3).map(({ problem }) =>
    problem.requests.map(({ id, count }) => `${id} ${count ?? 1}`),
  )
  expect(ids[1]).toContain('a 4')
  expect(ids.filter((each) => each.includes('b 1') && each.includes('c 1'))).toHaveLength(1)
  expect(ids.flat().filter((each) => each.startsWith('d '))).toEqual([`d ${2 ** 40}`])
})

test('shards and packings that do not belong together are refused', () => {
  expect(migErrorOf(() => joinPackings(splitPacking({ gpus: [], requests: [] }, 1), [])).code).toBe(
    'MIG_FLEET_INVALID',
  )
  expect(migErrorOf(() => splitPacking({ gpus: [], requests: [] }, 0)).code).toBe(
    'MIG_FLEET_INVALID',
  )
})

test('packings of shards name the idle instances of all shards that are destroyed first', async () => {
  const idle = { profileId: 19, placement: { start: 0, size: 1 }, idle: true as const }
  const gpus = ['n0', 'n1'].map((node) => ({
    id: `g-${node}`,
    node,
    model: 'A100-SXM4-40GB',
    layout: [idle],
  }))
  const shards = splitPacking({ gpus, requests: [{ profile: '7g.40gb', count: 2 }] }, 2)
  const packings = await Promise.all(
    shards.map(({ problem }) => packFleet(problem, { clearIdle: true })),
  )
  const { cleared, placements } = joinPackings(shards, packings)
  expect(cleared?.map(({ gpu }) => gpu).sort()).toEqual(['g-n0', 'g-n1'])
  expect(placements).toHaveLength(2)
})
