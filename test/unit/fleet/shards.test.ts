import { expect, test } from 'vitest'
import { compactFleet, createFleet, joinCompactions, splitFleet } from '../../../lib/fleet.js'
import type { Fleet } from '../../../types/fleet/online.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import { migErrorOf } from '../../support/errors.js'
import { seeded } from '../../support/random.js'

const model = 'A100-SXM4-40GB'
const idsOf = (gpus: readonly FleetGpu[]): readonly string[] => gpus.map(({ id }) => id)

test('shards have whole machines, in the order of the fleet, and about as many GPUs each', () => {
  const gpus = Array.from({ length: 24 }, (_, index) => ({
    id: `gpu-${index}`,
    model,
    node: `node-${Math.floor(index / 4)}`,
  }))
  const shards = splitFleet({ gpus }, 3)
  expect(shards.map((shard) => idsOf(shard.gpus))).toEqual([
    idsOf(gpus.slice(0, 8)),
    idsOf(gpus.slice(8, 16)),
    idsOf(gpus.slice(16)),
  ])
  expect(splitFleet({ gpus }, 100)).toHaveLength(6)
  expect(splitFleet({ gpus: [] }, 4)).toEqual([{ gpus: [], requests: [] }])
})

test('GPUs without a node are one machine where they came as one entry, and else a machine each', () => {
  const gpus = [
    { id: 'e/0', entry: 'e', model },
    { id: 'x', model },
    { id: 'e/1', entry: 'e', model },
    { id: 'y', model, count: 2 },
  ]
  expect(splitFleet({ gpus }, 9).map((shard) => idsOf(shard.gpus))).toEqual([
    ['e/0', 'e/1'],
    ['x'],
    ['y'],
  ])
})

test('a shard has the requests that hold something in it, and those with a count wherever a member is', () => {
  const fleet = createFleet({
    gpus: ['one', 'two'].map((node) => ({ id: node, model, node })),
  })
  fleet.place({ id: 'here', need: { memoryMiB: 4000 }, where: { nodes: ['one'] } })
  const spread = [{ label: 'many', maxPerNode: 2 }]
  fleet.place({ id: 'many', profile: '1g.5gb', count: 3, labels: ['many'], spread })
  const shards = splitFleet(fleet.snapshot(), 2)
  const ids = shards.map(({ requests = [] }) => requests.map(({ id }) => id))
  expect(ids).toEqual([['here', 'many'], ['many']])
})

test.each([[0], [1.5], [Number.NaN]])('%d shards are refused', (count) => {
  expect(migErrorOf(() => splitFleet({ gpus: [] }, count)).code).toBe('MIG_FLEET_INVALID')
})

/** Ten nodes of four GPUs, filled at random; half of the requests have ended. */
function sparseFleet(): Fleet {
  const random = seeded(5)
  const gpus = Array.from({ length: 10 }, (_, node) => ({
    id: `n${node}`,
    model,
    node: `n${node}`,
    count: 4,
  }))
  const fleet = createFleet({ gpus })
  const profiles = ['1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb']
  const held: string[] = []
  for (let index = 0; index < 150; index += 1) {
    const answer = fleet.place({ id: `r${index}`, profile: profiles[random(4)] ?? '' })
    if (answer.kind === 'placed') held.push(answer.id)
  }
  for (const id of held) if (random(2) === 0) fleet.release(id)
  return fleet
}

test('shards are compacted one by one, their figures add up, and the bound of the whole fleet says how far they are', async () => {
  const fleet = sparseFleet()
  const whole = await compactFleet(fleet, { names: false })
  const parts = []
  for (const shard of splitFleet(fleet.snapshot(), 5)) parts.push(await compactFleet(shard))
  const joined = joinCompactions(parts, whole)
  expect(joined.lowerBound).toEqual(whole.lowerBound)
  expect(joined.gpus).toBeGreaterThanOrEqual(whole.lowerBound.gpus)
  if (joined.gpus > whole.lowerBound.gpus)
    expect(joined.gap).toBe((joined.gpus - whole.lowerBound.gpus) / joined.gpus)

  const inUse = (): number =>
    fleet.snapshot().gpus.filter(({ layout = [] }) => layout.length > 0).length
  expect(joined.gpusBefore).toBe(inUse())
  for (const { plan } of parts)
    fleet.move(plan.moves.map(({ request, to }) => ({ id: request ?? '', ...to })))
  expect(inUse()).toBe(joined.gpus)
})

test('without the whole fleet, the bounds of shards add up to one for moves within them', async () => {
  const half = (id: string, node: string): FleetGpu => ({
    id,
    model,
    node,
    layout: [{ id: `on-${id}`, profileId: 9, placement: { start: 0, size: 4 } }],
  })
  const gpus = [half('a', 'one'), half('b', 'one'), half('c', 'two'), half('d', 'three')]
  const parts = await Promise.all(splitFleet({ gpus }, 3).map((shard) => compactFleet(shard)))
  expect(joinCompactions(parts)).toEqual({
    gpusBefore: 4,
    gpus: 3,
    cost: 1,
    lowerBound: { gpus: 3, cost: 1 },
    gap: 0,
  })
  const whole = await compactFleet({ gpus }, { names: false })
  expect(joinCompactions(parts, whole)).toMatchObject({ lowerBound: { gpus: 2 }, gap: 1 / 3 })
})
