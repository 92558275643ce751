import { expect, test } from 'vitest'
import { createFleet } from '../../../lib/fleet.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'

const model = 'A100-SXM4-40GB'
const nodes: readonly FleetGpu[] = [
  { id: 'a', model, node: 'one', count: 2 },
  { id: 'b', model, node: 'two', count: 2 },
]

test('A fleet fills one GPU before the next, and releases by id', () => {
  const fleet = createFleet({ gpus: nodes })
  const places = ['x', 'y', 'z'].map((id) => fleet.place({ id, profile: '3g.20gb' }))
  expect(places.map((each) => each.kind === 'placed' && each.placements[0]?.gpu)).toEqual([
    'a/0',
    'a/0',
    'a/1',
  ])
  expect(fleet.release('x')).toMatchObject([{ request: 'x', gpu: 'a/0' }])
  expect(() => fleet.release('x')).toThrow(/x, which holds nothing/)
  const again = fleet.place({ profile: '3g.20gb' })
  expect(again).toMatchObject({ kind: 'placed', placements: [{ gpu: 'a/0' }] })
})

test('A request with a count is placed whole or not at all', () => {
  const fleet = createFleet({ gpus: nodes })
  const before = fleet.snapshot()
  expect(fleet.place({ id: 'big', profile: '7g.40gb', count: 5 })).toMatchObject({
    kind: 'refused',
    reason: 'no-room',
    proven: true,
  })
  expect(fleet.snapshot().gpus).toEqual(before.gpus)
  expect(fleet.place({ id: 'big', profile: '7g.40gb', count: 4 })).toMatchObject({
    kind: 'placed',
    id: 'big',
  })
  expect(fleet.release('big/2')).toHaveLength(1)
  expect(fleet.release('big')).toHaveLength(3)
})

test('A refusal says whether moves would make room', () => {
  const layout = [0, 4].map((start) => ({
    profileId: 14,
    placement: { start, size: 2 },
    id: `two-${start}`,
  }))
  const fleet = createFleet({ gpus: [{ id: 'gpu', model, layout }] })
  expect(fleet.place({ profile: '3g.20gb' })).toMatchObject({ reason: 'moves', proven: true })
  expect(fleet.place({ profile: '7g.40gb' })).toMatchObject({ reason: 'no-room', proven: true })
  expect(fleet.place({ wholeGpu: true })).toMatchObject({ reason: 'never', proven: true })
  fleet.move([{ id: 'two-4', gpu: 'gpu', placement: { start: 2, size: 2 } }])
  expect(() => fleet.move([{ id: 'two-0', gpu: 'gpu', placement: { start: 2, size: 2 } }])).toThrow(
    /not free/,
  )
})

test('move carries out a cycle of moves, and changes nothing if one of them is not legal', () => {
  const layout = [0, 2].map((start) => ({
    profileId: 14,
    placement: { start, size: 2 },
    id: `two-${start}`,
  }))
  const fleet = createFleet({ gpus: [{ id: 'gpu', model, layout }] })
  const before = fleet.snapshot()
  const to = (id: string, start: number) => ({ id, gpu: 'gpu', placement: { start, size: 2 } })
  expect(() => fleet.move([to('two-0', 4), to('two-2', 4)])).toThrow(/not free/)
  expect(fleet.snapshot()).toEqual(before)
  fleet.move([to('two-0', 2), to('two-2', 0)])
  expect(fleet.snapshot().gpus[0]?.layout?.map(({ id }) => id)).toEqual(['two-2', 'two-0'])
})

test('A fleet keeps nodes, spread, avoid, sameNode, reservations and whole GPUs', () => {
  const gpus: readonly FleetGpu[] = [
    ...nodes,
    { id: 'kept', model, node: 'three', reservation: 'team' },
    { id: 'whole', model, node: 'four', migEnabled: false },
  ]
  const fleet = createFleet({ gpus })
  const gpuOf = (answer: ReturnType<typeof fleet.place>): string =>
    answer.kind === 'placed' ? answer.placements.map(({ gpu }) => gpu).join() : answer.reason
  const profile = '1g.5gb'
  expect(gpuOf(fleet.place({ profile, where: { nodes: ['two'] } }))).toBe('b/0')
  expect(gpuOf(fleet.place({ profile, reservation: 'team' }))).toBe('kept')
  expect(gpuOf(fleet.place({ wholeGpu: true }))).toBe('whole')
  expect(gpuOf(fleet.place({ wholeGpu: true }))).toBe('no-room')
  const spread = [{ label: 'web', maxPerNode: 1 }]
  expect(gpuOf(fleet.place({ profile, labels: ['web'], spread, count: 2 }))).toBe('b/0,a/0')
  expect(gpuOf(fleet.place({ profile, labels: ['web'], spread }))).toBe('constraints')
  expect(
    gpuOf(fleet.place({ profile, avoid: [{ label: 'web', scope: 'gpu' }], labels: ['loud'] })),
  ).toBe('a/1')
  expect(gpuOf(fleet.place({ profile: '7g.40gb', sameNode: 'pair', count: 2 }))).toBe('moves')
  expect(gpuOf(fleet.place({ profile: '3g.20gb', sameNode: 'pair', count: 3 }))).toMatch(
    /^(a\/\d,?){3}$|^(b\/\d,?){3}$/,
  )
})

test('A request for a whole GPU passes over the ones that it may not use', () => {
  const off = ['one', 'two', 'three'].map((node) => ({ id: node, model, node, migEnabled: false }))
  const fleet = createFleet({ gpus: off })
  const place = (...allowed: string[]) =>
    fleet.place({ wholeGpu: true, where: { nodes: allowed } }) as { placements?: object }
  expect(place('two', 'three').placements).toMatchObject([{ gpu: 'two' }])
  expect(place('two', 'three').placements).toMatchObject([{ gpu: 'three' }])
  expect(place('two', 'three')).toMatchObject({ kind: 'refused' })
  expect(place('one').placements).toMatchObject([{ gpu: 'one' }])
})

test('A fleet forgets a request that comes with GPUs and holds nothing on them, and its id is free', () => {
  const request = { id: 'gone', profile: '1g.5gb', count: 2 }
  const asNew = createFleet({ gpus: nodes, requests: [request] })
  const later = createFleet({ gpus: nodes })
  later.addGpus([{ id: 'c', model }], [request])
  for (const fleet of [asNew, later]) {
    expect(fleet.snapshot().requests).toEqual([])
    expect(fleet.place({ id: 'gone', profile: '2g.10gb' })).toMatchObject({ kind: 'placed' })
  }
})

test('createFleet makes an equal fleet from a snapshot', () => {
  const fleet = createFleet({ gpus: nodes, policy: 'best-fit' })
  for (const profile of ['4g.20gb', '2g.10gb', '1g.5gb']) fleet.place({ profile })
  const { gpus, fragmentation, observed } = fleet.snapshot()
  expect(createFleet({ gpus }).snapshot().gpus).toEqual(gpus)
  expect(observed).toMatchObject({
    requests: 3,
    refused: 0,
    mix: { '1g.5gb': 1, '2g.10gb': 1, '4g.20gb': 1 },
  })
  expect(fragmentation.models).toMatchObject([{ model, gpuCount: 4, gpusInUse: 1, fewestGpus: 1 }])
})

test('The fragmentation of a fleet counts stranded units and what each profile cannot use', () => {
  const at = (profileId: number, start: number, size: number) => ({
    profileId,
    placement: { start, size },
  })
  const layout = [at(19, 0, 1), at(19, 4, 1), at(19, 6, 1)]
  const fleet = createFleet({ gpus: [{ id: 'gpu', model, layout }] })
  const [figures] = fleet.snapshot().fragmentation.models
  // Only larger profiles have a place with unit 7, and unit 6 blocks these.
  expect(figures).toMatchObject({ freeUnits: 5, strandedUnits: 1 })
  const share = (name: string) => figures?.profiles.find((each) => each.name === name)
  expect(share('1g.5gb')).toMatchObject({ room: 4 })
  expect(share('2g.10gb')).toMatchObject({ room: 1, unusableShare: 1 - 2 / 5 })
  expect(share('3g.20gb')).toMatchObject({ room: 0, unusableShare: 1 })
})

test('createFleet refuses invalid fleets', () => {
  expect(() =>
    createFleet({
      gpus: [
        { id: 'a', model },
        { id: 'a', model },
      ],
    }),
  ).toThrow(/repeats the id/)
  expect(() =>
    createFleet({
      gpus: [
        { id: 'a/0', model },
        { id: 'a', model, count: 1 },
      ],
    }),
  ).toThrow(/the name of one/)
  expect(() => createFleet({ gpus: nodes, mix: { '1g.5gb': -1 } })).toThrow(/not a whole number/)
  expect(() => createFleet({ gpus: nodes, mix: { '9g.9gb': 1 } })).toThrow(
    /no GPU of the fleet has/,
  )
})

test('A fleet takes the fuller of equally good GPUs, and the first of equal ones', () => {
  const on = (profileId: number, size: number) => [{ profileId, placement: { start: 0, size } }]
  const gpus: readonly FleetGpu[] = [
    { id: 'one', model, layout: on(19, 1) },
    { id: 'four', model, layout: on(5, 4) },
    { id: 'same', model, layout: on(5, 4) },
  ]
  // The mix has only whole GPUs, and none of these can be one: all places are worth the same.
  const fleet = createFleet({ gpus, mix: { '7g.40gb': 1 } })
  const answer = fleet.place({ profile: '1g.5gb' })
  expect(answer).toMatchObject({ kind: 'placed', placements: [{ gpu: 'four' }] })
})

test('Requests with sameNode go to the next node if a rule or a filter keeps them from the first', () => {
  const model = 'A100-SXM4-40GB'
  const gpus = [
    { id: 'a', model, node: 'one' },
    { id: 'b', model, node: 'two' },
    { id: 'c', model, node: 'three', labels: { rack: '1' } },
    { id: 'd', model, node: 'three', labels: { rack: '1' } },
  ]
  const pair = { profile: '1g.5gb', count: 2, sameNode: 'pair', labels: ['web'] }
  const spread = [{ label: 'web', maxPerGpu: 1 }]
  const whereOf = (part: object) => {
    const answer = createFleet({ gpus }).place({ ...pair, ...part })
    return answer.kind === 'placed' ? answer.placements.map(({ gpu }) => gpu) : answer.reason
  }
  expect(whereOf({})).toEqual(['a', 'a'])
  expect(whereOf({ spread })).toEqual(['c', 'd'])
  expect(whereOf({ where: { labels: { rack: '1' } } })).toEqual(['c', 'c'])
  expect(whereOf({ spread, where: { nodes: ['one', 'two'] } })).toBe('constraints')
})
