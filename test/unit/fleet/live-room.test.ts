import { describe, expect, test } from 'vitest'
import { groupSnapshot } from '../../../lib/fleet/moves/group-snapshot.js'
import { searchLive } from '../../../lib/fleet/moves/room/search-live.js'
import { createBudget } from '../../../lib/fleet/program/budget.js'
import { makeRoom, verifyPlan } from '../../../lib/fleet.js'
import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import { layoutOf, type NaiveGpu, naiveGpus, spotsOf } from '../../support/naive-gpu.js'
import { seeded } from '../../support/random.js'

const model = 'A100-SXM4-40GB'
const at = (profileId: number, start: number, size: number, id?: string) => ({
  profileId,
  placement: { start, size },
  ...(id !== undefined && { id }),
})
const gpu = (id: string, ...layout: FleetInstance[]): FleetGpu => ({ id, model, layout })

// One 2g has to move to units 2 and 3, which nothing holds.
const easy = gpu('a', at(14, 0, 2, 'left'), at(14, 4, 2, 'right'))
const tight = gpu('b', at(19, 0, 1, 'x'), at(9, 4, 4, 'big'), at(19, 2, 1, 'y'))

test('If the cheapest plan is live, makeRoom gives the same answer with and without live', () => {
  const answer = makeRoom({ gpus: [easy] }, { profile: '3g.20gb' }, { live: true })
  expect(answer).toEqual(makeRoom({ gpus: [easy] }, { profile: '3g.20gb' }))
  expect(answer).toMatchObject({ kind: 'room', plan: { stops: 0 } })
})

test('With live, no-room is as proven as without it', () => {
  const request = { profile: '7g.40gb' }
  const answer = makeRoom({ gpus: [tight] }, request, { live: true })
  expect(answer).toEqual(makeRoom({ gpus: [tight] }, request))
  expect(answer.kind).toBe('no-room')
})

/** The cheapest plan for one more 2g.10gb stops one, and another of the same cost does not. */
const stopping = [
  gpu('a', at(9, 0, 4, 'three'), at(14, 4, 2, 'two')),
  gpu('b', at(5, 0, 4, 'four'), at(19, 5, 1, 'x'), at(19, 4, 1, 'y')),
]

test('With live, makeRoom finds a plan of the same cost without stops', () => {
  const gpus = stopping
  const request = { profile: '2g.10gb' }
  const any = makeRoom({ gpus }, request)
  expect(any).toMatchObject({ kind: 'room', plan: { cost: 2, stops: 1 } })
  const live = makeRoom({ gpus }, request, { live: true })
  expect(live).toMatchObject({ kind: 'room', plan: { cost: 2, stops: 0 }, lowerBound: 2 })
})

test('With live, makeRoom finds a plan without stops for instances without ids, each of which it moves once', () => {
  const gpus = stopping.map((each) => ({
    ...each,
    layout: each.layout?.map(({ profileId, placement }) => ({ profileId, placement })) ?? [],
  }))
  const request = { id: 'new', profile: '2g.10gb' }
  expect(makeRoom({ gpus }, request)).toMatchObject({ kind: 'room', plan: { stops: 1 } })
  const live = makeRoom({ gpus }, request, { live: true })
  if (live.kind !== 'room') throw new Error(live.kind)
  expect(live.plan).toMatchObject({ cost: 2, stops: 0, detours: 0 })
  expect(live.plan.steps.map(({ kind, move }) => `${kind} ${move}`)).toEqual([
    'create 0',
    'destroy 0',
    'create 1',
    'destroy 1',
    'create null',
  ])
  const question = { kind: 'room', fleet: { gpus }, request, options: { live: true } } as const
  expect(verifyPlan(question, live).valid).toBe(true)
})

test('With live, makeRoom finds a plan without stops on a fleet with a hundred more GPUs, which are full', () => {
  const full = Array.from({ length: 100 }, (_, index) => gpu(`full-${index}`, at(0, 0, 8)))
  const request = { profile: '2g.10gb' }
  const gpus = [...stopping, ...full]
  expect(makeRoom({ gpus }, request)).toMatchObject({ kind: 'room', plan: { stops: 1 } })
  const live = makeRoom({ gpus }, request, { live: true })
  expect(live).toMatchObject({ kind: 'room', plan: { cost: 2, stops: 0 }, lowerBound: 2 })
})

const searchAll = (gpus: readonly FleetGpu[], request: { id: string; profile: string }) => {
  const options = { pinned: undefined, costs: undefined, costsPath: 'moveCost', idle: 'taken' }
  const { grouped } = groupSnapshot({ gpus }, { ...options, request } as never)
  return searchLive(grouped, request.id, createBudget({}))
}

test('A search through all layouts does not take a GPU whose instance is pinned for one where the same may move', () => {
  const pinned = (id: string, start: number) => ({ ...at(9, start, 4, id), pinned: true })
  const gpus = [
    gpu('a', pinned('a0', 0), pinned('a4', 4)),
    gpu('b', at(9, 0, 4, 'b0'), pinned('b4', 4)),
    gpu('c', { ...at(5, 0, 4, 'c0'), pinned: true }),
  ]
  const plan = searchAll(gpus, { id: 'new', profile: '4g.20gb' })
  if (typeof plan === 'string') throw new Error(plan)
  expect(plan.moves).toMatchObject([{ request: 'b0', to: { gpu: 'c' } }])
})

test('A search through all layouts may move an instance twice, and counts that as one move and a detour', () => {
  const pinned = { ...at(19, 2, 1), pinned: true }
  const gpus = [
    gpu(
      'a',
      at(19, 1, 1, 'a1'),
      pinned,
      at(19, 3, 1, 'a3'),
      at(15, 4, 2, 'a4'),
      at(20, 6, 1, 'a6'),
    ),
    gpu('b', at(19, 0, 1, 'b0'), at(19, 3, 1, 'b3'), at(9, 4, 4, 'b4')),
  ]
  const request = { id: 'new', profile: '4g.20gb' }
  const plan = searchAll(gpus, request)
  if (typeof plan === 'string') throw new Error(plan)
  expect(plan.detours).toBeGreaterThan(0)
  const moved = plan.moves.map(({ request: id }) => id)
  expect(new Set(moved).size).toBe(moved.length)
  expect(plan.cost).toBe(moved.length)
  expect(plan.steps).toHaveLength(2 * (moved.length + plan.detours) + 1)
  const room = { kind: 'room', gpu: 'b', profileId: 5, placement: { start: 0, size: 4 } } as const
  const answer = { ...room, plan, lowerBound: 0, stopped: null }
  const question = { kind: 'room', fleet: { gpus }, request, options: { live: true } } as const
  expect(verifyPlan(question, answer)).toMatchObject({ valid: true })
})

test('With live, makeRoom answers unknown if it finds only plans with stops', () => {
  const gpus = [
    gpu('a', at(9, 0, 4, 'three'), at(14, 4, 2, 'two'), at(19, 6, 1, 'one')),
    gpu('b', at(9, 0, 4, 'other'), at(19, 4, 1, 'small')),
  ]
  const request = { profile: '4g.20gb' }
  const any = makeRoom({ gpus }, request)
  if (any.kind !== 'room') throw new Error(any.kind)
  expect(any.plan.stops).toBeGreaterThan(0)
  expect(makeRoom({ gpus }, request, { live: true })).toEqual({
    kind: 'unknown',
    lowerBound: any.lowerBound,
    stopped: null,
    noLivePlan: 'proven',
  })
})

describe('With live and more options at once', () => {
  const naive = naiveGpus.find(({ key }) => key === 'a100-40gb') as NaiveGpu
  const profiles = ['2g.10gb', '3g.20gb', '4g.20gb']
  /** Without engines of their own, and nearly full: there a plan may need a stop. */
  const sets = naive.sets.filter((set) => {
    const names = spotsOf(naive, set).map(
      ({ profile }) => naive.geometry.profiles[profile]?.name ?? '',
    )
    const slices = names.reduce((sum, name) => sum + Number(name[0]), 0)
    return slices >= 5 && names.every((name) => !/\+|1g\.10gb/.test(name))
  })

  /** Two or three GPUs with whatever there is room for on them, and a request. */
  function* drawProblems(seed: number, count: number) {
    const draw = seeded(seed)
    for (let round = 0; round < count; round++) {
      let ids = 0
      const gpus = Array.from({ length: 2 + draw(2) }, (_, index): FleetGpu => {
        const set = sets[draw(sets.length)] ?? 0
        return {
          id: `${index}`,
          model,
          layout: layoutOf(naive, set).map((each) => ({ ...each, id: `i${ids++}` })),
        }
      })
      yield {
        gpus,
        profile: profiles[draw(profiles.length)] ?? '',
        pinned: [`i${draw(ids)}`],
      }
    }
  }

  test('makeRoom moves nothing that is pinned, in none of its searches, and stops nothing', () => {
    let [rooms, others] = [0, 0]
    for (const { gpus, profile, pinned } of drawProblems(11, 400)) {
      const any = makeRoom({ gpus }, { profile }, { pinned })
      const live = makeRoom({ gpus }, { profile }, { pinned, live: true })
      if (any.kind !== 'room') {
        expect(live).toEqual(any)
        continue
      }
      if (live.kind === 'unknown') {
        expect(any.plan.stops).toBeGreaterThan(0)
        others++
        continue
      }
      if (live.kind !== 'room') throw new Error('there is room')
      expect(live.plan.stops).toBe(0)
      expect(live.plan.moves.filter(({ request }) => pinned.includes(request ?? ''))).toEqual([])
      expect(live.lowerBound).toBe(any.lowerBound)
      expect(live.plan.cost).toBeGreaterThanOrEqual(any.plan.cost)
      if (any.plan.stops > 0) rooms++
    }
    // Both outcomes of a further search are among them.
    expect(rooms).toBeGreaterThan(0)
    expect(others).toBeGreaterThan(0)
  })

  test('makeRoom keeps to the most moves and to what a move costs', () => {
    for (const { gpus, profile, pinned } of drawProblems(12, 150)) {
      const moveCost = { requests: pinned.map((id) => ({ id, cost: 3 })) }
      for (const maxMoves of [0, 1, 2]) {
        const any = makeRoom({ gpus }, { profile }, { maxMoves, moveCost })
        const live = makeRoom({ gpus }, { profile }, { maxMoves, moveCost, live: true })
        expect(live.kind === 'no-room').toBe(any.kind === 'no-room')
        if (live.kind !== 'room') continue
        expect(live.plan.moves.length).toBeLessThanOrEqual(maxMoves)
        const costs = live.plan.moves.map(({ request }) => (pinned.includes(request ?? '') ? 3 : 1))
        expect(live.plan.cost).toBe(costs.reduce((sum, cost) => sum + cost, 0))
      }
    }
  })

  test('an instance without an id that would stop ends the search, and the answer is unknown', () => {
    for (const { gpus, profile } of drawProblems(13, 200)) {
      const unnamed = gpus.map((each) => ({
        ...each,
        layout: (each.layout ?? []).map(({ profileId, placement }) => ({ profileId, placement })),
      }))
      const any = makeRoom({ gpus: unnamed }, { profile })
      const live = makeRoom({ gpus: unnamed }, { profile }, { live: true })
      if (any.kind !== 'room' || any.plan.stops === 0) expect(live).toEqual(any)
      else
        expect(live).toEqual({
          kind: 'unknown',
          lowerBound: any.lowerBound,
          stopped: null,
          noLivePlan: 'proven',
        })
    }
  })

  test('the bound of a live answer has the certificate of the first search', () => {
    const problem = { gpus: stopping }
    const request = { profile: '2g.10gb' }
    const any = makeRoom(problem, request, { certify: true })
    const live = makeRoom(problem, request, { certify: true, live: true })
    expect(any).toMatchObject({ kind: 'room', plan: { stops: 1 } })
    expect(live).toMatchObject({ kind: 'room', plan: { stops: 0 } })
    if (any.kind !== 'room' || live.kind !== 'room') throw new Error('there is room')
    expect(any.certificate).not.toBeNull()
    expect(live.certificate).toEqual(any.certificate)
  })

  test('an instance that the first search may move stays where it is pinned', () => {
    for (const id of ['three', 'two', 'four', 'x', 'y']) {
      const live = makeRoom(
        { gpus: stopping },
        { profile: '2g.10gb' },
        { live: true, pinned: [id] },
      )
      const moved = live.kind === 'room' ? live.plan.moves.map(({ request }) => request) : []
      expect(moved).not.toContain(id)
    }
  })
})
