import { expect, test } from 'vitest'
import { configureNodes } from '../../../lib/fleet/moves/configure-nodes.js'
import { makeRoom } from '../../../lib/fleet/moves/room/make-room.js'
import { splitFleetPlan } from '../../../lib/fleet/moves/split-plan.js'
import { verifyPlan } from '../../../lib/fleet/moves/verify/verify-plan.js'
import { createFleet } from '../../../lib/fleet/online/create-fleet.js'
import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'

const model = 'A100-SXM4-40GB'
const at = (profileId: number, start: number, size: number): FleetInstance => ({
  profileId,
  placement: { start, size },
})
const idle = (profileId: number, start: number, size: number): FleetInstance => ({
  ...at(profileId, start, size),
  idle: true,
})
const seven = [0, 1, 2, 3, 4, 5, 6].map((start) => idle(19, start, 1))

/** A small job is in the way on `a`; `b` has an idle instance for it, and no other room. */
const crowded: readonly FleetGpu[] = [
  {
    id: 'a',
    model,
    node: 'one',
    layout: [
      { ...at(19, 0, 1), id: 'small' },
      { ...at(9, 4, 4), id: 'big', pinned: true },
    ],
  },
  {
    id: 'b',
    model,
    node: 'two',
    layout: [
      { ...at(9, 0, 4), id: 'half', pinned: true },
      idle(19, 4, 1),
      idle(19, 5, 1),
      idle(19, 6, 1),
    ],
  },
]

test('makeRoom answers with the idle instance that is there, and an empty plan takes it', () => {
  const gpus = [{ id: 'a', model, layout: seven }]
  const room = makeRoom({ gpus }, { id: 'job', profile: '1g.5gb' })
  expect(room).toMatchObject({
    kind: 'room',
    gpu: 'a',
    placement: { start: 0, size: 1 },
    reused: true,
    lowerBound: 0,
    plan: { cost: 0, moves: [], steps: [{ kind: 'create', idle: true }] },
  })
})

test('what moves takes an idle instance elsewhere, and only its old place changes on the nodes', () => {
  const request = { id: 'new', profile: '3g.20gb' }
  const room = makeRoom({ gpus: crowded }, request)
  if (room.kind !== 'room') throw new Error(room.kind)
  expect(room.plan.moves).toMatchObject([{ request: 'small', to: { gpu: 'b' } }])
  const [take] = room.plan.steps
  expect(take).toMatchObject({ kind: 'create', gpu: 'b', move: 0, idle: true })
  const question = { kind: 'room', fleet: { gpus: crowded }, request } as const
  expect(verifyPlan(question, room).valid).toBe(true)
  const changed = structuredClone(room)
  Object.assign(changed.plan.steps[0] ?? {}, { idle: undefined })
  expect(verifyPlan(question, changed).valid).toBe(false)

  const fleet = createFleet({ gpus: crowded })
  const before = configureNodes(fleet, { nodes: ['two'] })
  const run = fleet.apply(room.plan, { request })
  // The idle instance is kept for the plan, and stays on its node.
  expect(configureNodes(fleet, { nodes: ['two'] })).toEqual(before)
  for (const id of ['other', 'last'])
    expect(fleet.place({ id, profile: '1g.5gb' }).kind).toBe('placed')
  const others = fleet
    .snapshot()
    .gpus.flatMap(({ id, layout = [] }) =>
      layout.filter((each) => each.id === 'other' || each.id === 'last').map(() => id),
    )
  expect(others).toEqual(['b', 'b'])
  for (let stage = run.begin(); stage !== null; stage = run.begin()) run.done()
  expect(configureNodes(fleet, { nodes: ['two'] })).toEqual(before)
  const held = fleet
    .snapshot()
    .gpus.flatMap(({ layout = [] }) => layout.flatMap(({ id }) => id ?? []))
  expect(held.toSorted()).toEqual(['big', 'half', 'last', 'new', 'other', 'small'])
  expect(
    splitFleetPlan(room.plan)
      .at(-1)
      ?.gpus.map(({ gpu }) => gpu),
  ).toEqual(['a'])
})

test('with clearIdle, idle instances go before anything moves, and without it no plan touches them', () => {
  const gpus = [
    { id: 'a', model, node: 'one', layout: [...seven.slice(1), { ...at(19, 0, 1), id: 'job' }] },
  ]
  const request = { id: 'half', profile: '3g.20gb' }
  expect(makeRoom({ gpus }, request)).toMatchObject({ kind: 'no-room', maxMoves: null })
  const room = makeRoom({ gpus }, request, { clearIdle: true })
  if (room.kind !== 'room') throw new Error(room.kind)
  expect(room.plan.moves).toEqual([])
  expect(room.placement).toEqual({ start: 4, size: 4 })
  expect(
    room.plan.steps.map(({ kind, idle: isIdle, instance }) => [
      kind,
      isIdle,
      instance.placement.start,
    ]),
  ).toEqual([
    ['destroy', true, 4],
    ['destroy', true, 5],
    ['destroy', true, 6],
    ['create', undefined, 4],
  ])
  const question = { kind: 'room', fleet: { gpus }, request } as const
  expect(verifyPlan({ ...question, options: { clearIdle: true } }, room).valid).toBe(true)
  expect(verifyPlan(question, room)).toMatchObject({ valid: false })

  const fleet = createFleet({ gpus })
  const run = fleet.apply(room.plan, { request })
  expect(fleet.place({ profile: '1g.5gb', count: 4 }).kind).toBe('refused')
  run.begin()
  run.giveUp()
  const left = fleet.snapshot().gpus[0]?.layout?.filter(({ idle: isIdle }) => isIdle === true) ?? []
  expect(left.map(({ placement }) => placement.start)).toEqual([1, 2, 3])
})

test('makeRoom with little work answers unknown, or with a plan that makes sense, beside idle instances', () => {
  const job = (id: string, ...place: Parameters<typeof at>): FleetInstance => ({
    ...at(...place),
    id,
  })
  const layouts = [
    [job('a0', 15, 0, 2), job('a2', 19, 2, 1), job('a3', 20, 3, 1), job('a4', 9, 4, 4)],
    [job('b0', 14, 0, 2), job('b2', 19, 2, 1), idle(19, 3, 1), job('b4', 9, 4, 4)],
    [job('c0', 20, 0, 1), job('c1', 19, 1, 1), idle(19, 2, 1), job('c4', 15, 4, 2), idle(15, 6, 2)],
  ]
  const gpus = layouts.map((layout, index): FleetGpu => ({ id: `${index}`, model, layout }))
  const request = { id: 'new', profile: '3g.20gb' }
  const kinds: string[] = []
  for (let workUnits = 20; workUnits <= 1000; workUnits += 20) {
    const answer = makeRoom({ gpus }, request, { workUnits })
    kinds.push(answer.kind)
    const question = { kind: 'room', fleet: { gpus }, request } as const
    expect(verifyPlan(question, answer).valid, `${workUnits} work units`).toBe(true)
  }
  expect([kinds[0], kinds.at(-1)]).toEqual(['unknown', 'room'])
})

test('a plan whose idle instance another request has taken is refused', () => {
  const request = { id: 'new', profile: '3g.20gb' }
  const fleet = createFleet({ gpus: crowded })
  const room = makeRoom(fleet, request)
  if (room.kind !== 'room') throw new Error(room.kind)
  fleet.place({ id: 'other', profile: '1g.5gb', where: { nodes: ['two'] } })
  const before = JSON.stringify(fleet.snapshot().gpus)
  expect(() => fleet.apply(room.plan, { request })).toThrow(/no longer/)
  expect(() => fleet.admit(request, room)).toThrow(/no longer/)
  expect(JSON.stringify(fleet.snapshot().gpus)).toBe(before)
})

test('an instance that a plan moves cannot be released with keep', () => {
  const request = { id: 'new', profile: '3g.20gb' }
  const fleet = createFleet({ gpus: crowded })
  const room = makeRoom(fleet, request)
  if (room.kind !== 'room') throw new Error(room.kind)
  const run = fleet.apply(room.plan, { request })
  expect(() => fleet.release('small', { keep: true })).toThrow(/which a plan moves/)
  run.giveUp()
  fleet.release('small', { keep: true })
  expect(fleet.place({ id: 'next', profile: '1g.5gb' })).toMatchObject({
    placements: [{ gpu: 'a', reused: true }],
  })
})

test('a GPU with a pinned idle instance is not taken for one on which the same instance is held', () => {
  const small = { profileId: 14, placement: { start: 0, size: 1 } }
  const pinned = { profileId: 5, placement: { start: 2, size: 2 }, pinned: true }
  const gpus: readonly FleetGpu[] = [
    { id: 'a', model: 'A30', layout: [{ ...small, id: 'one' }, pinned] },
    {
      id: 'b',
      model: 'A30',
      layout: [
        { ...small, id: 'two' },
        { ...pinned, idle: true },
      ],
    },
  ]
  expect(makeRoom({ gpus }, { id: 'new', profile: '2g.12gb' })).toMatchObject({
    kind: 'room',
    gpu: 'b',
    placement: pinned.placement,
    plan: { cost: 0 },
  })
})

test('verifyPlan refuses a plan that takes a pinned idle instance for a while, and destroys it with the instance that took it', () => {
  const x = { profileId: 14, placement: { start: 0, size: 1 }, id: 'x' }
  const fixed = { profileId: 14, placement: { start: 0, size: 1 }, idle: true, pinned: true }
  const y = { profileId: 14, placement: { start: 1, size: 1 }, id: 'y', pinned: true }
  const gpus: readonly FleetGpu[] = [
    { id: 'a', model: 'A30', layout: [x, y] },
    { id: 'b', model: 'A30', layout: [fixed] },
  ]
  const request = { id: 'new', profile: '4g.24gb' }
  const question = { kind: 'room', fleet: { gpus }, request, options: { clearIdle: true } } as const
  const honest = makeRoom({ gpus }, request, { clearIdle: true, certify: true })
  expect(honest.kind).toBe('no-room')
  expect(verifyPlan(question, honest)).toEqual({ valid: true, proven: true })

  const small = { profileId: 14, profileName: '1g.6gb', sliceCount: 1 }
  const onA = { request: 'x', ...small, placement: x.placement }
  const later = { ...onA, placement: { start: 2, size: 1 } }
  const whole = { profileId: 0, profileName: '4g.24gb', sliceCount: 4 }
  const room = { request: 'new', ...whole, placement: { start: 0, size: 4 } }
  const step = { move: 0, detour: false, stop: false }
  const steps = [
    { ...step, kind: 'create', gpu: 'b', instance: onA, detour: true, idle: true },
    { ...step, kind: 'destroy', gpu: 'a', instance: onA },
    { ...step, kind: 'create', gpu: 'a', instance: later },
    { ...step, kind: 'destroy', gpu: 'b', instance: onA, detour: true },
    { ...step, kind: 'create', gpu: 'b', instance: room, move: null },
  ] as const
  const from = { gpu: 'a', profileId: 14, placement: x.placement }
  const to = { ...from, placement: later.placement }
  const forged = {
    kind: 'room',
    gpu: 'b',
    profileId: 0,
    placement: room.placement,
    plan: {
      gpus: [],
      moves: [{ request: 'x', from, to, cost: 1 }],
      cost: 1,
      steps,
      detours: 1,
      stops: 0,
    },
    lowerBound: 1,
    stopped: null,
  } as const
  expect(verifyPlan(question, forged)).toEqual({
    valid: false,
    reason: 'plan.steps[3] destroys an idle instance that has to stay',
  })
})
