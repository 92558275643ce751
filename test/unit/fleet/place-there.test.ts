import { expect, test } from 'vitest'
import { createFleet, makeRoom } from '../../../lib/fleet.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'

const model = 'A100-SXM4-40GB'
const gpus: readonly FleetGpu[] = [
  { id: 'a', model, node: 'one', count: 2 },
  { id: 'off', model, node: 'two', migEnabled: false },
]
const at = (gpu: string, start: number, size: number, profileId?: number) => ({
  gpu,
  placement: { start, size },
  ...(profileId !== undefined && { profileId }),
})

test('place puts a request exactly where at says, or says what is in the way', () => {
  const fleet = createFleet({ gpus })
  const small = { profile: '1g.5gb' }
  expect(fleet.place({ ...small, id: 'x' }, { at: at('a/1', 3, 1) })).toMatchObject({
    kind: 'placed',
    placements: [{ gpu: 'a/1', profileId: 19, placement: { start: 3, size: 1 } }],
  })
  expect(fleet.place({ profile: '3g.20gb' }, { at: at('a/1', 0, 4) })).toMatchObject({
    kind: 'refused',
    reason: 'taken',
    proven: true,
  })
  const elsewhere = { ...small, where: { nodes: ['two'] } }
  expect(fleet.place(elsewhere, { at: at('a/0', 0, 1) })).toMatchObject({ reason: 'constraints' })
  fleet.cordon({ gpus: ['a/0'] })
  expect(fleet.place(small, { at: at('a/0', 0, 1) })).toMatchObject({ reason: 'cordoned' })
  const need = { need: { memoryMiB: 4000 } }
  expect(fleet.place(need, { at: at('a/1', 4, 4, 9) })).toMatchObject({
    placements: [{ profileId: 9 }],
  })
  expect(fleet.place({ wholeGpu: true }, { at: { gpu: 'off' } })).toMatchObject({
    placements: [{ gpu: 'off', profileId: null }],
  })
})

test.each([
  ['an unknown GPU', { profile: '1g.5gb' }, at('b', 0, 1)],
  ['a start that the profile does not have', { profile: '3g.20gb' }, at('a/0', 2, 4)],
  ['a profile that does not serve', { profile: '3g.20gb' }, at('a/0', 0, 4, 5)],
  ['a part of a whole GPU', { wholeGpu: true as const }, at('off', 0, 8)],
  ['a whole GPU with MIG on', { wholeGpu: true as const }, { gpu: 'a/0' }],
  ['a MIG device where MIG is off', { profile: '1g.5gb' }, at('off', 0, 1)],
  ['one place for two requests', { profile: '1g.5gb', count: 2 }, at('a/0', 0, 1)],
])('place refuses to go to %s', (_what, request, there) => {
  const fleet = createFleet({ gpus })
  const before = fleet.snapshot()
  expect(() => fleet.place(request, { at: there })).toThrow(
    expect.objectContaining({ code: 'MIG_FLEET_INVALID' }),
  )
  expect(fleet.snapshot()).toEqual(before)
})

const layout = [
  { id: 'small', profileId: 19, placement: { start: 0, size: 1 } },
  { profileId: 9, placement: { start: 4, size: 4 } },
]
const full: readonly FleetGpu[] = [
  { id: 'a', model, layout },
  { id: 'b', model, layout: [{ id: 'other', profileId: 9, placement: { start: 0, size: 4 } }] },
]
const big = { id: 'big', profile: '4g.20gb' }

test('admit carries out the answer of makeRoom as a whole', () => {
  const fleet = createFleet({ gpus: full })
  const room = makeRoom(fleet, big, { pinned: ['other'] })
  if (room.kind !== 'room') throw new Error(room.kind)
  const answer = fleet.admit(big, room)
  expect(answer).toMatchObject({ placements: [{ gpu: 'a', placement: { start: 0, size: 4 } }] })
  const held = fleet.snapshot().gpus.map((gpu) => gpu.layout?.map(({ id }) => id))
  expect(held).toEqual([
    [undefined, 'big'],
    ['small', 'other'],
  ])
})

test('admit changes nothing if the place is taken or an instance to move is gone', () => {
  const fleet = createFleet({ gpus: full })
  const room = makeRoom(fleet, big, { pinned: ['other'] })
  if (room.kind !== 'room') throw new Error(room.kind)
  fleet.place({ id: 'quick', profile: '1g.5gb' }, { at: at('a', 2, 1) })
  const before = fleet.snapshot().gpus
  expect(fleet.admit(big, room)).toMatchObject({ kind: 'refused', reason: 'taken' })
  expect(fleet.snapshot().gpus).toEqual(before)
  fleet.release('small')
  expect(() => fleet.admit(big, room)).toThrow(/moves small from a, where it is not/)
  fleet.release('quick')
  expect(fleet.place(big, { at: room })).toMatchObject({ kind: 'placed' })
})

test('move puts an instance on another model if its request allows it', () => {
  const mixed: readonly FleetGpu[] = [
    { id: 'a', model },
    { id: 's', model: 'A30' },
  ]
  const fleet = createFleet({ gpus: mixed })
  fleet.place({ id: 'by-need', need: { memoryMiB: 4000 } }, { at: at('a', 0, 1) })
  fleet.place({ id: 'by-name', profile: '1g.5gb' }, { at: at('a', 1, 1) })
  const to = { gpu: 's', placement: { start: 2, size: 1 }, profileId: 14 }
  expect(() => fleet.move([{ id: 'by-name', ...to }])).toThrow(/with a profile other than/)
  fleet.move([{ id: 'by-need', ...to }])
  expect(fleet.snapshot().gpus[1]?.layout).toMatchObject([{ id: 'by-need', profileId: 14 }])
})

test.each([
  [null, /^room is null/],
  ['room', /^room is "room"/],
  [[], /^room is a list/],
  [{}, /^room\.plan is undefined/],
  [{ plan: [] }, /^room\.plan is a list/],
  [{ plan: {} }, /^room\.plan\.moves is undefined/],
  [{ plan: { moves: [5] } }, /^room\.plan\.moves\[0\] is 5/],
  [{ plan: { moves: [{ from: {} }] } }, /^room\.plan\.moves\[0\]\.from\.gpu is undefined/],
  [{ gpu: 'a', plan: { moves: [] }, placement: 5 }, /^at is no place/],
])('admit refuses the invalid room %j and changes nothing', (room, message) => {
  const fleet = createFleet({ gpus: [{ id: 'a', model: 'A100-SXM4-40GB' }] })
  const before = fleet.snapshot()
  expect(() => fleet.admit({ id: 'q', profile: '1g.5gb' }, room as never)).toThrow(
    expect.objectContaining({
      code: 'MIG_FLEET_INVALID',
      message: expect.stringMatching(message),
    }),
  )
  expect(fleet.snapshot()).toEqual(before)
})
