import { describe, expect, test } from 'vitest'
import {
  compactFleet,
  configureNodes,
  createFleet,
  drainGpus,
  splitFleetPlan,
} from '../../../lib/fleet.js'
import type { FleetDrain, FleetPlan } from '../../../types/fleet/moves.js'
import type { Fleet } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'

const model = 'A100-SXM4-40GB'
const profiles = { '1g': 19, '2g': 14, '3g': 9, '4g': 5, '7g': 0 }

function at(name: keyof typeof profiles, start: number, size: number, id: string): FleetInstance {
  return { profileId: profiles[name], placement: { start, size }, id }
}

function gpu(id: string, node: string, ...layout: FleetInstance[]): FleetGpu {
  return { id, model, node, layout }
}

const goals = ({ plan }: { plan: FleetPlan }): unknown =>
  plan.moves.map(({ request, to }) => [request, to.gpu]).sort()

describe('drainGpus empties GPUs', () => {
  test('drainGpus moves instances to GPUs with room, and nothing else moves', async () => {
    const gpus = [
      gpu('a', 'one', at('3g', 0, 4, 'big'), at('1g', 4, 1, 'small')),
      gpu('b', 'two', at('2g', 0, 2, 'other')),
      gpu('c', 'two'),
    ]
    const answer = await drainGpus({ gpus }, { gpus: ['a'] })
    expect(answer).toMatchObject({
      left: [],
      cost: 2,
      lowerBound: { left: 0, cost: 2 },
      gap: 0,
      stopped: null,
      plan: { stops: 0, detours: 0 },
    })
    expect(answer.plan.moves.map(({ request }) => request).sort()).toEqual(['big', 'small'])
    expect(answer.plan.gpus.find((each) => each.gpu === 'a')?.after).toEqual([])
  })

  test('drainGpus moves instances of other GPUs out of the way, where that takes the fewest moves', async () => {
    // One memory unit of each GPU is free. For the 2g, a small instance has to move to the other GPU.
    const gpus = [
      gpu('a', 'one', at('2g', 0, 2, 'big')),
      gpu('b', 'one', at('4g', 0, 4, 'b4'), at('1g', 4, 1, 'b1'), at('1g', 6, 1, 'b2')),
      gpu('c', 'one', at('4g', 0, 4, 'c4'), at('1g', 4, 1, 'c1'), at('1g', 5, 1, 'c2')),
    ]
    const answer = await drainGpus({ gpus }, { gpus: ['a'] }, { pinned: ['b4', 'c4', 'c1', 'c2'] })
    expect(answer).toMatchObject({ left: [], cost: 2, lowerBound: { left: 0, cost: 2 }, gap: 0 })
    expect(answer.plan.moves.find(({ request }) => request === 'big')?.to.gpu).toBe('b')
  })

  test('drainGpus minimises the cost of moves', async () => {
    const gpus = [
      gpu('a', 'one', at('3g', 0, 4, 'x')),
      gpu('b', 'one', at('3g', 0, 4, 'y'), at('1g', 4, 1, 'dear')),
      gpu('c', 'one', at('3g', 0, 4, 'z'), at('1g', 4, 1, 'cheap')),
      gpu('d', 'one', at('4g', 0, 4, 'w'), at('2g', 4, 2, 'v')),
    ]
    const costs = { requests: [{ id: 'dear', cost: 9 }] }
    const answer = await drainGpus({ gpus }, { gpus: ['a'] }, { costs })
    expect(answer).toMatchObject({ cost: 2, lowerBound: { cost: 2 } })
    expect(goals(answer)).toEqual([
      ['cheap', expect.stringMatching(/[bd]/)],
      ['x', 'c'],
    ])
  })

  test('drainGpus of several nodes moves nothing from one of them to another', async () => {
    const gpus = [
      gpu('a', 'one', at('3g', 0, 4, 'x')),
      gpu('b', 'one', at('3g', 0, 4, 'y')),
      gpu('c', 'two', at('3g', 0, 4, 'z')),
      gpu('d', 'three'),
    ]
    const answer = await drainGpus({ gpus }, { nodes: ['one', 'two'] })
    expect(answer.left.map(({ request, reason }) => [request, reason])).toEqual([
      [expect.any(String), 'no-room'],
    ])
    expect(answer).toMatchObject({ lowerBound: { left: 1, cost: 2 }, cost: 2, gap: 0 })
    expect(answer.plan.moves.map(({ to }) => to.gpu)).toEqual(['d', 'd'])
  })

  test('drainGpus empties a GPU that compactFleet would keep', async () => {
    const gpus = [gpu('a', 'one', at('7g', 0, 8, 'whole')), gpu('b', 'two')]
    expect((await compactFleet({ gpus })).plan.moves).toEqual([])
    expect(goals(await drainGpus({ gpus }, { nodes: ['one'] }))).toEqual([['whole', 'b']])
  })
})

describe('drainGpus reports what is left, with the reason', () => {
  const left = async (gpus: readonly FleetGpu[], rest: object = {}): Promise<unknown> => {
    const answer: FleetDrain = await drainGpus({ gpus, ...rest }, { gpus: ['a'] })
    expect(answer.lowerBound.left).toBe(answer.left.length)
    expect(answer.gap).toBe(0)
    return answer.left.map(({ request, profileId, reason }) => [request, profileId, reason])
  }

  test('drainGpus leaves what is pinned or tied to neighbours', async () => {
    const pinned = { ...at('1g', 0, 1, 'p'), pinned: true }
    const free = gpu('b', 'two')
    expect(await left([gpu('a', 'one', pinned, at('1g', 1, 1, 'q')), free])).toEqual([
      ['p', 19, 'pinned'],
    ])
    const requests = [{ id: 'q', profile: '1g.5gb', sameNode: 'team' }]
    expect(await left([gpu('a', 'one', at('1g', 1, 1, 'q')), free], { requests })).toEqual([
      ['q', 19, 'pinned'],
    ])
  })

  test('drainGpus leaves what no other GPU may take', async () => {
    const gpus = [gpu('a', 'one', at('1g', 0, 1, 'p')), { id: 'b', model: 'A30', node: 'two' }]
    expect(await left(gpus)).toEqual([['p', 19, 'never']])
    const cordoned = [gpu('a', 'one', at('1g', 0, 1, 'p')), { ...gpu('b', 'two'), cordoned: true }]
    expect(await left(cordoned)).toEqual([['p', 19, 'never']])
  })

  test('drainGpus leaves what holds a whole GPU', async () => {
    const gpus = [
      { id: 'a', model, migEnabled: false, heldBy: 'w' },
      { id: 'b', model, migEnabled: false },
    ]
    expect(await left(gpus)).toEqual([['w', null, 'whole-gpu']])
  })

  test('drainGpus lists what is left in the order of the GPUs, with names of entries with a count, too', async () => {
    const held = { migEnabled: false, heldBy: 'w' }
    const pinned = { ...at('1g', 0, 1, 'x'), pinned: true }
    const gpus = [
      { id: 'a', model, count: 3 },
      { id: 'b', model, count: 1, ...held },
      gpu('c', 'one', pinned),
    ]
    const answer = await drainGpus({ gpus }, { gpus: ['b', 'c'] })
    expect(answer.left.map((each) => each.gpu)).toEqual(['b/0', 'c'])
    expect(answer.lowerBound.left).toBe(2)
  })

  test('drainGpus moves as many instances as can move', async () => {
    const gpus = [
      gpu('a', 'one', at('3g', 0, 4, 'x'), at('1g', 4, 1, 'y'), at('1g', 5, 1, 'z')),
      gpu('b', 'two', at('4g', 0, 4, 'u'), at('1g', 4, 1, 'v')),
    ]
    expect(await left(gpus)).toEqual([['x', 9, 'no-room']])
  })
})

describe('The choice of GPUs to drain', () => {
  const many = (count: number): FleetGpu => ({
    id: 'g',
    model,
    count,
    layout: [{ profileId: 9, placement: { start: 0, size: 4 } }],
  })

  test('drainGpus takes one GPU of an entry with a count by its name, or all of it by its id', async () => {
    const gpus = [many(3), { id: 'other', model, count: 3 }]
    const one = await drainGpus({ gpus }, { gpus: ['g/1'] })
    expect(one.plan.moves.map(({ from }) => from.gpu)).toEqual(['g/1'])
    const all = await drainGpus({ gpus }, { gpus: ['g'] })
    expect(all.plan.moves.map(({ from }) => from.gpu).sort()).toEqual(['g/0', 'g/1', 'g/2'])
    expect(await drainGpus({ gpus }, { gpus: ['g', 'g/1'] })).toEqual(all)
    expect((await drainGpus({ gpus }, {})).plan.moves).toEqual([])
  })

  test.each<[object, RegExp]>([
    [{ gpus: ['nowhere'] }, /gpus\[0\] is nowhere, no GPU of the fleet/],
    [{ gpus: ['g/0', 'g/3'] }, /gpus\[1\] is g\/3, no GPU of the fleet/],
    [{ nodes: ['n'] }, /nodes\[0\] is n, no node of the fleet/],
    [{ gpus: 'g' }, /gpus is "g", not a list/],
  ])('drainGpus refuses the choice %j', async (which, message) => {
    const call = drainGpus({ gpus: [many(3)] }, which)
    await expect(call).rejects.toMatchObject({ code: 'MIG_FLEET_INVALID' })
    await expect(call).rejects.toThrow(message)
  })

  test('drainGpus refuses more GPUs than can have names before it names them', async () => {
    const call = drainGpus({ gpus: [many(1e12)] }, { gpus: ['g/5'] })
    await expect(call).rejects.toMatchObject({ code: 'MIG_FLEET_INVALID' })
  })
})

describe('Draining a running fleet', () => {
  function filled(): Fleet {
    const fleet = createFleet({
      gpus: [
        { id: 'a', model, node: 'one', count: 2 },
        { id: 'b', model, node: 'two', count: 2 },
      ],
    })
    for (const [id, profile] of Object.entries({ p: '3g.20gb', q: '2g.10gb', r: '1g.5gb' }))
      fleet.place({ id, profile })
    fleet.place({ id: 'only-one', profile: '1g.5gb', where: { nodes: ['one'] } })
    return fleet
  }

  test('A running fleet is cordoned, drained, moved by the plan, and then its GPUs are removed', async () => {
    const fleet = filled()
    fleet.cordon({ nodes: ['one'] })
    const { left, plan } = await drainGpus(fleet, { nodes: ['one'] })
    expect(left).toMatchObject([{ request: 'only-one', reason: 'never' }])
    fleet.move(plan.moves.map(({ request, to }) => ({ id: request ?? '', ...to })))
    fleet.release('only-one')
    expect(fleet.removeGpus(['a/0', 'a/1'])).toEqual([])
    const held = fleet.snapshot().gpus.flatMap(({ layout = [] }) => layout.map(({ id }) => id))
    expect(held.sort()).toEqual(['p', 'q', 'r'])
    expect(configureNodes(fleet).map(({ node }) => node)).toEqual(['two'])
  })

  test('A running fleet need not be cordoned before a drain, and the plan splits like any other', async () => {
    const fleet = filled()
    const { plan } = await drainGpus(fleet, { gpus: ['a/0'] })
    expect(plan.moves.map(({ from }) => from.gpu)).not.toContain('a/1')
    const stages = splitFleetPlan(plan)
    expect(stages.flatMap(({ steps }) => steps).sort((a, b) => a - b)).toEqual([
      ...plan.steps.keys(),
    ])
  })
})

test('where instances of two GPUs leave for a third, compactFleet counts the third as in use', async () => {
  const gpus = [
    { ...gpu('a', 'one', at('1g', 0, 1, 'x')), cordoned: true },
    { ...gpu('b', 'one', at('1g', 0, 1, 'y')), cordoned: true },
    gpu('c', 'one'),
  ]
  const answer = await compactFleet({ gpus })
  expect(answer).toMatchObject({ gpusBefore: 2, gpus: 1, freed: ['a', 'b'], gap: 0 })
  expect(goals(answer)).toEqual([
    ['x', 'c'],
    ['y', 'c'],
  ])
})
