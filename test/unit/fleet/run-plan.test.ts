import { describe, expect, test } from 'vitest'
import { configureNodes, createFleet, makeRoom, mergeSnapshot } from '../../../lib/fleet.js'
import type { FleetPlan, FleetStep } from '../../../types/fleet/moves.js'
import type { Fleet } from '../../../types/fleet/online.js'
import type { FleetInstance } from '../../../types/fleet/pack.js'

const model = 'A100-SXM4-40GB'
const at = (profileId: number, start: number, size: number, id: string): FleetInstance => ({
  profileId,
  placement: { start, size },
  id,
})

/** A 4g.20gb needs the room of `small`, which moves to the other GPU. */
function startFleet(): Fleet {
  return createFleet({
    gpus: [
      { id: 'a', model, node: 'one', layout: [at(19, 0, 1, 'small'), at(9, 4, 4, 'big')] },
      { id: 'b', model, node: 'two', layout: [at(19, 0, 1, 'other')] },
      { id: 'c', model, node: 'two', cordoned: true },
    ],
  })
}

const request = { id: 'new', profile: '4g.20gb' }

function makePlan(fleet: Fleet): FleetPlan {
  const room = makeRoom(fleet, request, { pinned: ['big', 'other'] })
  if (room.kind !== 'room') throw new Error(room.kind)
  return room.plan
}

/** What configureNodes makes of each GPU: profile and start of each instance. */
function machinesOf(fleet: Fleet): Record<string, readonly string[]> {
  const entries = configureNodes(fleet).flatMap(
    ({ config }) =>
      config['mig-configs']?.['fleet'] as readonly {
        devices: string
        placements: readonly { profile: string; start: number }[]
      }[],
  )
  return Object.fromEntries(
    entries.map(({ devices, placements }) => [
      devices,
      placements.map(({ profile, start }) => `${profile}@${start}`),
    ]),
  )
}

test('A plan that is applied in stages changes the configurations stage by stage, and places its request', () => {
  const fleet = startFleet()
  const run = fleet.apply(makePlan(fleet), { request })
  const before = machinesOf(fleet)
  expect(before).toMatchObject({ a: ['1g.5gb@0', '3g.20gb@4'], b: ['1g.5gb@0'] })

  const first = run.begin()
  expect(first).toMatchObject({ number: 0, nodes: ['two'], stops: [] })
  expect(first?.moves).toMatchObject([{ request: 'small', from: { gpu: 'a' }, to: { gpu: 'b' } }])
  const there = `1g.5gb@${first?.moves[0]?.to.placement.start}`
  expect(machinesOf(fleet)).toMatchObject({ a: before['a'], b: ['1g.5gb@0', there] })
  expect(run.moved('small')).toMatchObject({ request: 'small', gpu: 'b', node: 'two' })
  expect(run.done()).toBe(null)
  expect(machinesOf(fleet)).toMatchObject({ a: before['a'] })

  expect(run.begin()).toMatchObject({ nodes: ['one'], moves: [] })
  expect(machinesOf(fleet)).toMatchObject({ a: ['3g.20gb@4'], b: ['1g.5gb@0', there] })
  expect(run.done()).toBe(null)
  run.begin()
  expect(machinesOf(fleet)).toMatchObject({ a: ['4g.20gb@0', '3g.20gb@4'] })
  expect(run.done()).toMatchObject({ kind: 'placed', id: 'new', placements: [{ gpu: 'a' }] })
  expect([run.stages, run.begin()]).toEqual([3, null])
  expect(run.giveUp()).toEqual({ nodes: [], stopped: [] })
  expect(fleet.release('new')).toHaveLength(1)
})

test('While a plan runs, nothing else takes what it still needs, and the rest of the fleet goes on', () => {
  const fleet = startFleet()
  const run = fleet.apply(makePlan(fleet), { request })
  // The GPU of the request waits for a move, and takes nothing meanwhile. The room of the move is taken.
  const there = { gpu: 'a', placement: { start: 1, size: 1 } }
  expect(fleet.place({ profile: '1g.5gb' }, { at: there })).toMatchObject({ reason: 'cordoned' })
  expect(fleet.place({ id: 'whole', profile: '7g.40gb' }).kind).toBe('refused')
  const kept = fleet.snapshot().gpus[1]?.layout?.find(({ plan }) => plan === 'room')
  expect(kept?.profileId).toBe(19)
  expect(fleet.place({ id: 'beside', profile: '3g.20gb' })).toMatchObject({
    kind: 'placed',
    placements: [{ gpu: 'b' }],
  })
  expect(() => fleet.move([{ id: 'small', gpu: 'b', placement: { start: 3, size: 1 } }])).toThrow(
    /small, which a plan moves/,
  )
  expect(() => fleet.apply(makePlan(startFleet()), { request })).toThrow(
    /which is cordoned|moves small/,
  )
  expect(makeRoom(fleet, { profile: '7g.40gb' })).toMatchObject({ kind: 'no-room' })
  run.giveUp()
  expect(fleet.place({ profile: '1g.5gb' }, { at: there }).kind).toBe('placed')
  expect(fleet.snapshot().gpus.map(({ planned, cordoned }) => [planned, cordoned])).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    [undefined, true],
  ])
})

test('A fleet made from a snapshot in the middle of a plan has given the plan up', () => {
  const fleet = startFleet()
  const run = fleet.apply(makePlan(fleet), { request })
  run.begin()
  const copy = createFleet(fleet.snapshot())
  run.giveUp()
  expect(copy.snapshot().gpus).toEqual(fleet.snapshot().gpus)
})

test('A request of a plan may be released at any time, and the plan goes on without it', () => {
  for (const when of ['before', 'begun', 'moved', 'done']) {
    const fleet = startFleet()
    const run = fleet.apply(makePlan(fleet), { request })
    const end = (now: string): void => void (when === now && fleet.release('small'))
    end('before')
    run.begin()
    end('begun')
    if (when === 'moved') run.moved('small')
    end('moved')
    run.done()
    end('done')
    for (let stage = run.begin(); stage !== null; stage = run.begin()) run.done()
    expect(machinesOf(fleet), when).toEqual({
      a: ['4g.20gb@0', '3g.20gb@4'],
      b: ['1g.5gb@0'],
      c: [],
    })
  }
})

test('A GPU that is cordoned or leaves in the middle of a plan ends it, and nothing of the plan remains', () => {
  for (const change of ['cordon', 'evict'] as const) {
    const fleet = startFleet()
    const run = fleet.apply(makePlan(fleet), { request })
    run.begin()
    run.done()
    if (change === 'cordon') {
      expect(fleet.cordon({ gpus: ['a'] }).map((each) => each.request)).toEqual(['big'])
    } else {
      expect(() => fleet.removeGpus(['a'])).toThrow(/holds/)
      const gone = fleet.removeGpus(['a'], { evict: true })
      expect(gone.map((each) => each.request)).toEqual(['big'])
    }
    run.begin()
    run.done()
    expect(() => run.begin()).toThrow(change === 'cordon' ? /a, which is cordoned/ : /a, which has/)
    expect(run.giveUp().stopped).toEqual([])
    const { gpus } = fleet.snapshot()
    const [first] = gpus
    expect(gpus.flatMap(({ layout = [] }) => layout.flatMap(({ plan }) => plan ?? []))).toEqual([])
    if (change === 'cordon') expect(first).toMatchObject({ id: 'a', cordoned: true })
    else expect(first?.id).toBe('b')
    expect(fleet.release('small')).toMatchObject([{ gpu: 'b' }])
  }
})

describe('a plan in which an instance stops', () => {
  const half = (start: number, request: string) => ({
    request,
    profileId: 9,
    profileName: '3g.20gb',
    sliceCount: 3,
    placement: { start, size: 4 },
  })
  const step = (kind: FleetStep['kind'], move: number, start: number, stop = false): FleetStep => ({
    kind,
    gpu: 'g',
    instance: half(start, 'ab'[move] ?? ''),
    move,
    detour: false,
    stop,
  })
  const place = (start: number) => ({ gpu: 'g', profileId: 9, placement: { start, size: 4 } })
  /** Two halves change places. */
  const plan: FleetPlan = {
    gpus: [],
    moves: [
      { request: 'a', from: place(0), to: place(4), cost: 1 },
      { request: 'b', from: place(4), to: place(0), cost: 1 },
    ],
    cost: 2,
    steps: [
      step('destroy', 0, 0, true),
      step('create', 1, 0),
      step('destroy', 1, 4),
      step('create', 0, 4),
    ],
    detours: 0,
    stops: 1,
  }
  const start = (): Fleet =>
    createFleet({ gpus: [{ id: 'g', model, layout: [at(9, 0, 4, 'a'), at(9, 4, 4, 'b')] }] })
  const heldBy = (fleet: Fleet) =>
    fleet.snapshot().gpus.flatMap(({ layout = [] }) => layout.map(({ id = '' }) => id))

  test('it has no instance in between, but keeps its id, and arrives at the end', () => {
    const fleet = start()
    const run = fleet.apply(plan)
    expect(run.begin()).toMatchObject({ stops: ['a'], moves: [] })
    expect(heldBy(fleet)).toEqual(['b'])
    expect(() => fleet.place({ id: 'a', profile: '1g.5gb' })).toThrow(/a, which holds/)
    expect(fleet.place({ profile: '1g.5gb' }).kind).toBe('refused')
    run.done()
    for (let stage = run.begin(); stage !== null; stage = run.begin()) run.done()
    expect(heldBy(fleet)).toEqual(['b', 'a'])
  })

  test('it may be released while it is stopped', () => {
    const fleet = start()
    const run = fleet.apply(plan)
    run.begin()
    expect(fleet.release('a')).toEqual([])
    run.done()
    for (let stage = run.begin(); stage !== null; stage = run.begin()) run.done()
    expect(heldBy(fleet)).toEqual(['b'])
  })

  test.each([0, 1, 2, 3])('giving up in stage %i gives it its old place or its new one', (last) => {
    for (const isDone of [false, true]) {
      const fleet = start()
      const run = fleet.apply(plan)
      for (let number = 0; number < last; number += 1) {
        run.begin()
        run.done()
      }
      run.begin()
      if (isDone) run.done()
      const { nodes, stopped } = run.giveUp()
      const bHasMoved = last > 1 || (last === 1 && isDone)
      const isOver = last === 3 && isDone
      expect(nodes).toEqual(isOver ? [] : ['g'])
      expect(stopped).toMatchObject(
        isOver ? [] : [{ request: 'a', placement: { placement: { start: bHasMoved ? 4 : 0 } } }],
      )
      expect(heldBy(fleet)).toEqual(bHasMoved ? ['b', 'a'] : ['a', 'b'])
    }
  })

  test('it is released if no place is left for it, and giveUp says so', () => {
    const fleet = start()
    const run = fleet.apply(plan)
    run.begin()
    fleet.cordon({ gpus: ['g'] })
    expect(run.giveUp().stopped).toEqual([{ request: 'a', placement: null }])
    expect(() => fleet.release('a')).toThrow(/a, which holds nothing/)
  })
})

test('apply refuses a plan that the fleet cannot carry out, and changes nothing', () => {
  const fleet = startFleet()
  const plan = makePlan(fleet)
  const before = fleet.snapshot()
  const refused = (given: unknown, options: object = { request }): void => {
    expect(() => fleet.apply(given as FleetPlan, options)).toThrow(/plan|request/)
    expect(fleet.snapshot()).toEqual(before)
  }
  refused(plan, {})
  refused(null)
  refused({})
  refused({ ...plan, moves: [] })
  refused({ ...plan, steps: plan.steps.slice(1) })
  refused({ ...plan, steps: plan.steps.toReversed() })
  refused({ ...plan, steps: plan.steps.map((step) => ({ ...step, gpu: 'nowhere' })) })
  refused({ ...plan, steps: plan.steps.map((step) => ({ ...step, stop: true })) })
  refused({ ...plan, steps: plan.steps.map((step) => ({ ...step, move: 7 })) })
  expect(() => fleet.apply(plan, { request, at: {} } as object)).toThrow(TypeError)
  fleet.release('small')
  expect(() => fleet.apply(plan, { request })).toThrow(/moves small from a, where it is not/)
})

test('A run refuses calls out of turn', () => {
  const fleet = startFleet()
  const run = fleet.apply(makePlan(fleet), { request })
  expect(() => run.done()).toThrow(/no stage that has begun/)
  expect(() => run.moved('small')).toThrow(/small, which the stage does not move/)
  run.begin()
  expect(() => run.begin()).toThrow(/stage 0, which is not done/)
  expect(() => run.moved('big')).toThrow(/big, which the stage does not move/)
  run.giveUp()
  expect(() => run.begin()).toThrow(/given up/)
  expect(() => run.done()).toThrow(/no stage/)
})

test('Changes since a mark have what a plan in progress marks on GPUs, at each of its points', () => {
  const fleet = startFleet()
  let { mark } = fleet.changesSince(null)
  let stored = fleet.snapshot()
  const compare = (): void => {
    const changes = fleet.changesSince(mark)
    expect(changes.isWhole).toBe(false)
    mark = changes.mark
    stored = mergeSnapshot(stored, changes)
    expect(stored).toEqual(fleet.snapshot())
  }
  const run = fleet.apply(makePlan(fleet), { request })
  compare()
  while (run.begin() !== null) {
    compare()
    fleet.cordon({ gpus: ['b'] })
    compare()
    fleet.uncordon({ gpus: ['b'] })
    run.done()
    compare()
  }
  compare()
  fleet.release('small')
  compare()
})
