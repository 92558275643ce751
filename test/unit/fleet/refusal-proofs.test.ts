import { describe, expect, test } from 'vitest'
import { compactFleet, createFleet, makeRoom } from '../../../lib/fleet.js'
import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'

const a100 = 'A100-SXM4-40GB'
const at = (profileId: number, start: number, size: number, id: string): FleetInstance => ({
  profileId,
  placement: { start, size },
  id,
})

describe('place answers no-room only if no moves make room', () => {
  test('place counts that an instance with a need may move to another model', () => {
    const gpus: readonly FleetGpu[] = [
      { id: 'a', model: a100, layout: [at(15, 0, 2, 'n')] },
      { id: 'b', model: 'A30' },
    ]
    const requests = [{ id: 'n', need: { memoryMiB: 5500 } }]
    const fleet = createFleet({ gpus, requests })
    const whole = { id: 'w', profile: '7g.40gb' }
    expect(fleet.place(whole)).toMatchObject({ kind: 'refused', reason: 'moves', proven: false })
    expect(makeRoom(fleet, whole)).toMatchObject({ kind: 'room', plan: { cost: 1 } })
    fleet.cordon({ gpus: ['b'] })
    expect(fleet.place(whole)).toMatchObject({ reason: 'no-room', proven: true })
    expect(makeRoom(fleet, whole)).toMatchObject({ kind: 'no-room' })
  })

  test('place counts that an instance with a need may become a smaller profile', () => {
    const gpus = [{ id: 'a', model: a100, layout: [at(9, 0, 4, 'n'), at(9, 4, 4, 'm')] }]
    const requests = [{ id: 'n', need: { memoryMiB: 4000 } }]
    const fleet = createFleet({ gpus, requests })
    const more = { id: 'w', profile: '2g.10gb' }
    expect(fleet.place(more)).toMatchObject({ reason: 'moves', proven: false })
    expect(makeRoom(fleet, more)).toMatchObject({ kind: 'room' })
  })

  test('place proves no-room where everything in the way is pinned', () => {
    const layout = [{ ...at(9, 0, 4, 'n'), pinned: true }, at(9, 4, 4, 'm')]
    const requests = [{ id: 'n', need: { memoryMiB: 4000 } }]
    const fleet = createFleet({ gpus: [{ id: 'a', model: a100, layout }], requests })
    expect(fleet.place({ profile: '1g.5gb' })).toMatchObject({ reason: 'no-room', proven: true })
  })

  test('An instance whose request names a profile that no GPU has counts where it is', () => {
    const gpus = [{ id: 'a', model: a100, layout: [at(0, 0, 8, 'n')] }]
    const requests = [{ id: 'n', profile: '1g.99gb', reservation: 'x' }]
    const fleet = createFleet({ gpus, requests })
    expect(fleet.place({ profile: '1g.5gb' })).toMatchObject({ reason: 'no-room', proven: true })
  })
})

describe('place proves no-room as far as its bound goes', () => {
  const whole = { profile: '7g.40gb' }
  const half = at(9, 0, 4, 'h')
  const ask = (
    gpus: readonly FleetGpu[],
    request: FleetRequest,
    requests: readonly FleetRequest[] = [],
  ) => createFleet({ gpus, requests }).place(request)
  const noRoom = { kind: 'refused', reason: 'no-room', proven: true }

  test('GPUs of another model do not help a request for a profile that they do not have', () => {
    const gpus = [
      { id: 'a', model: a100, layout: [half] },
      { id: 'b', model: 'A30' },
    ]
    expect(ask(gpus, whole)).toMatchObject(noRoom)
    const member = { ...half, id: 'h/0' }
    const counted = [
      { id: 'a', model: a100, layout: [member] },
      { id: 'b', model: 'A30' },
    ]
    const requests = [{ id: 'h', profile: '3g.20gb', count: 1 }]
    expect(ask(counted, whole, requests)).toMatchObject(noRoom)
  })

  test('Cordoned GPUs do not help a request', () => {
    const gpus = [
      { id: 'a', model: a100, layout: [half] },
      { id: 'b', model: a100, cordoned: true },
    ]
    expect(ask(gpus, whole)).toMatchObject(noRoom)
    expect(ask(gpus.map(({ cordoned: _, ...gpu }) => gpu).reverse(), whole).kind).toBe('placed')
  })

  test('Different needs that the same profiles serve count together', () => {
    const layout = [at(14, 0, 2, 'n'), at(14, 2, 2, 'm')]
    const requests = [
      { id: 'n', need: { memoryMiB: 9000, computeSlices: 2 } },
      { id: 'm', need: { memoryMiB: 9001, computeSlices: 2 } },
    ]
    const gpus = [{ id: 'a', model: a100, layout: [...layout, at(14, 4, 2, 'o')] }]
    expect(ask(gpus, { profile: '2g.10gb' }, requests)).toMatchObject(noRoom)
    expect(ask(gpus, { profile: '3g.20gb' }, requests)).toMatchObject(noRoom)
  })

  test('The bound counts more than memory: an A100 has eight memory units and compute for seven', () => {
    const layout = [0, 1, 2, 3, 4, 5, 6].map((start) => at(19, start, 1, `s${start}`))
    const gpus = [{ id: 'a', model: a100, layout }]
    expect(ask(gpus, { profile: '1g.5gb' })).toMatchObject(noRoom)
  })
})

test('place proves that moves help only with instances that makeRoom may move', () => {
  const gpus = [{ id: 'a', model: a100, layout: [at(19, 1, 1, 'n'), at(19, 4, 1, 'm')] }]
  const ask = (part: object) =>
    createFleet({ gpus, requests: [{ id: 'n', profile: '1g.5gb', ...part }] }).place({
      profile: '4g.20gb',
    })
  expect(ask({ labels: ['a'] })).toMatchObject({ reason: 'moves', proven: true })
  expect(ask({ sameNode: 'pair' })).toMatchObject({ reason: 'moves', proven: false })
  expect(ask({ spread: [{ label: 'a', maxPerGpu: 1 }] })).toMatchObject({ proven: false })
  expect(ask({ where: { nodes: ['elsewhere'] } })).toMatchObject({ proven: false })
  expect(ask({ profile: undefined, need: { memoryMiB: 9000 } })).toMatchObject({ proven: false })
})

test('makeRoom counts an instance by the profile it has, not by the profiles that its request could get', () => {
  // The request does not name the A100 as a model, but the instance has not moved from there.
  const gpus = [
    { id: 'a', model: a100, layout: [at(14, 0, 2, 'lost')] },
    { id: 'b', model: 'A30', layout: [at(14, 0, 1, 'x'), at(14, 2, 1, 'y')] },
  ]
  const requests = [{ id: 'lost', profile: '1g.6gb' }]
  const answer = makeRoom({ gpus, requests }, { id: 'new', profile: '2g.12gb' })
  expect(answer).toMatchObject({ kind: 'room', plan: { cost: 1 } })
})

test('compactFleet does not report a GPU as freed that was empty and served as a detour', async () => {
  const full = [2, 3, 4, 5, 6].map((start) => at(19, start, 1, `s${start}`))
  const gpus: readonly FleetGpu[] = [
    { id: 'full', model: a100, layout: [at(14, 0, 2, 'n'), ...full] },
    { id: 'left', model: 'A30', layout: [at(21, 1, 1, 'm')] },
    { id: 'empty', model: a100 },
  ]
  const requests = [
    { id: 'n', need: { memoryMiB: 9592 } },
    { id: 'm', need: { memoryMiB: 1430 } },
  ]
  const { freed, plan, gpus: inUse } = await compactFleet({ gpus, requests })
  expect(plan.steps).toContainEqual(
    expect.objectContaining({ kind: 'create', gpu: 'empty', detour: true }),
  )
  expect(plan.gpus).toContainEqual({ gpu: 'empty', node: null, before: [], after: [] })
  expect(freed).toEqual(['left'])
  expect(inUse).toBe(1)
})
