import { describe, expect, test } from 'vitest'
import { compactFleet } from '../../../lib/fleet/moves/compact/compact-fleet.js'
import { drainGpus } from '../../../lib/fleet/moves/compact/drain-gpus.js'
import { verifyPlan } from '../../../lib/fleet/moves/verify/verify-plan.js'
import { createFleet } from '../../../lib/fleet/online/create-fleet.js'
import type { FleetInstance } from '../../../types/fleet/pack.js'

const model = 'A100-SXM4-40GB'
const small = (start: number): FleetInstance => ({
  profileId: 19,
  placement: { start, size: 1 },
  idle: true,
})
const seven = [0, 1, 2, 3, 4, 5, 6].map(small)
const idleGpu = { id: 'a', model, node: 'one', layout: seven }

describe('Idle instances in a running fleet', () => {
  test('a GPU with seven idle instances serves seven requests for their profile, and refuses an eighth', () => {
    const fleet = createFleet({ gpus: [idleGpu] })
    for (let number = 0; number < 7; number += 1) {
      const answer = fleet.place({ id: `job-${number}`, profile: '1g.5gb' })
      expect(answer).toEqual({
        kind: 'placed',
        id: `job-${number}`,
        placements: [
          {
            request: `job-${number}`,
            entry: 0,
            gpu: 'a',
            node: 'one',
            profileId: 19,
            placement: { start: number, size: 1 },
            reused: true,
          },
        ],
      })
    }
    expect(fleet.place({ profile: '1g.5gb' })).toMatchObject({ reason: 'no-room', proven: true })
  })

  test('a request for another profile is refused because of idle instances, and clearIdle names those to destroy', () => {
    const fleet = createFleet({ gpus: [idleGpu] })
    expect(fleet.place({ id: 'big', profile: '3g.20gb' })).toEqual({
      kind: 'refused',
      id: 'big',
      reason: 'idle',
      proven: true,
    })
    const answer = fleet.place({ id: 'big', profile: '3g.20gb' }, { clearIdle: true })
    if (answer.kind !== 'placed') throw new Error(answer.reason)
    const starts = answer.cleared?.map(({ placement }) => placement.start)
    expect(answer.placements[0]).not.toHaveProperty('reused')
    const { start, size } = answer.placements[0]?.placement ?? { start: -1, size: 0 }
    expect(starts?.every((each) => each >= start && each < start + size)).toBe(true)
    const left = fleet.snapshot().gpus[0]?.layout ?? []
    expect(left.filter(({ idle }) => idle === true)).toHaveLength(7 - (starts?.length ?? 0))
    expect(left.some(({ id }) => id === 'big')).toBe(true)
  })

  test('an instance that is released with keep serves the next request on the same place', () => {
    const fleet = createFleet({ gpus: [{ id: 'a', model }] })
    const first = fleet.place({ id: 'first', profile: '2g.10gb' })
    if (first.kind !== 'placed') throw new Error(first.reason)
    expect(fleet.release('first', { keep: true })).toEqual(first.placements)
    const second = fleet.place({ id: 'second', profile: '2g.10gb' })
    if (second.kind !== 'placed') throw new Error(second.reason)
    expect(second.placements[0]?.placement).toEqual(first.placements[0]?.placement)
    expect(second.placements[0]?.reused).toBe(true)
    fleet.release('second')
    expect(fleet.snapshot().gpus[0]?.layout).toEqual([])
  })

  test('a whole GPU that is released with keep is free', () => {
    const fleet = createFleet({ gpus: [{ id: 'a', model, migEnabled: false }] })
    fleet.place({ id: 'first', wholeGpu: true })
    fleet.release('first', { keep: true })
    expect(fleet.place({ id: 'second', wholeGpu: true }).kind).toBe('placed')
  })

  test('a request for a place takes the idle instance that is there, and is refused one that others are in the way of', () => {
    const fleet = createFleet({ gpus: [{ id: 'a', model, layout: [small(0), small(1)] }] })
    const at = (start: number, size: number) => ({ gpu: 'a', placement: { start, size } })
    const taken = fleet.place({ id: 'one', profile: '1g.5gb' }, { at: at(1, 1) })
    expect(taken).toMatchObject({ placements: [{ reused: true, placement: { start: 1 } }] })
    expect(fleet.place({ profile: '2g.10gb' }, { at: at(0, 2), clearIdle: true })).toMatchObject({
      reason: 'taken',
    })
    fleet.release('one', { keep: true })
    expect(fleet.place({ profile: '2g.10gb' }, { at: at(0, 2) })).toMatchObject({ reason: 'taken' })
    const cleared = fleet.place({ profile: '2g.10gb' }, { at: at(0, 2), clearIdle: true })
    expect(cleared).toMatchObject({
      kind: 'placed',
      cleared: [{ gpu: 'a', placement: { start: 0 } }, { placement: { start: 1 } }],
    })
  })

  /** On which GPU idle instances leave for a request for half of it. */
  const clearsOn = (
    fleet: ReturnType<typeof createFleet>,
    where?: { readonly nodes: readonly string[] },
  ): string | undefined => {
    const request = { id: 'half', profile: '3g.20gb', ...(where && { where }) }
    const answer = fleet.place(request, { clearIdle: true })
    if (answer.kind === 'refused') return answer.reason
    expect(answer.cleared).not.toHaveLength(0)
    expect(new Set(answer.cleared?.map(({ gpu }) => gpu))).toEqual(
      new Set([answer.placements[0]?.gpu]),
    )
    fleet.release('half')
    return answer.placements[0]?.gpu
  }

  test('idle instances are cleared only on GPUs that the request may use, and on none that is cordoned', () => {
    const gpus = ['one', 'two'].map((node) => ({ ...idleGpu, id: node, node }))
    expect(clearsOn(createFleet({ gpus }), { nodes: ['two'] })).toBe('two')
    const fleet = createFleet({ gpus })
    fleet.cordon({ gpus: ['one'] })
    expect(clearsOn(fleet)).toBe('two')
    const other = createFleet({ gpus: gpus.slice(0, 1) })
    other.cordon({ gpus: ['one'] })
    expect(clearsOn(other)).not.toBe('one')
  })

  test('of GPUs that are equally good to clear, the first of the fleet is taken, whichever had idle instances first', () => {
    const held = seven.map(({ idle: _idle, ...place }, index) => ({ ...place, id: `job-${index}` }))
    const gpus = [
      { id: 'first', model, layout: held },
      { id: 'second', model, layout: [{ ...small(0), pinned: true }, ...seven.slice(1)] },
    ]
    const fleet = createFleet({ gpus })
    // It looks at what could be cleared before the first GPU has anything idle.
    expect(fleet.place({ profile: '7g.40gb' }, { clearIdle: true }).kind).toBe('refused')
    for (const { id } of held) fleet.release(id, { keep: true })
    expect(clearsOn(fleet)).toBe('first')
  })

  const media = { ...small(0), profileId: 20 }
  const onA = (start: number) => ({ gpu: 'a', placement: { start, size: 1 } })

  test('a request for the only instance with media engines clears the idle one that has them, and no other', () => {
    const layout = [small(0), { ...media, placement: { start: 1, size: 1 } }, small(2)]
    const fleet = createFleet({ gpus: [{ id: 'a', model, layout }] })
    const request = { id: 'video', profile: '1g.5gb+me' }
    expect(fleet.place(request, { at: onA(4) })).toMatchObject({ reason: 'taken' })
    const answer = fleet.place(request, { at: onA(4), clearIdle: true })
    expect(answer).toMatchObject({ kind: 'placed', placements: [{ placement: { start: 4 } }] })
    if (answer.kind !== 'placed') throw new Error(answer.reason)
    expect(answer.cleared).toMatchObject([{ profileId: 20, placement: { start: 1 } }])
  })

  test('a request for the only instance with media engines is refused while another one holds it, and clears nothing', () => {
    const layout = [small(0), { ...media, placement: { start: 1, size: 1 }, idle: false, id: 'x' }]
    const fleet = createFleet({ gpus: [{ id: 'a', model, layout }] })
    const before = JSON.stringify(fleet.snapshot().gpus)
    const request = { id: 'video', profile: '1g.5gb+me' }
    const answer = fleet.place(request, { at: onA(4), clearIdle: true })
    expect(answer).toMatchObject({ kind: 'refused', reason: 'taken' })
    expect(JSON.stringify(fleet.snapshot().gpus)).toBe(before)
  })

  test('a request with a count that is refused leaves idle instances as they were', () => {
    const fleet = createFleet({ gpus: [idleGpu] })
    const before = JSON.stringify(fleet.snapshot().gpus)
    expect(fleet.place({ profile: '1g.5gb', count: 8 }).kind).toBe('refused')
    expect(fleet.place({ profile: '2g.10gb', count: 4 }, { clearIdle: true }).kind).toBe('refused')
    expect(JSON.stringify(fleet.snapshot().gpus)).toBe(before)
    const answer = fleet.place({ profile: '2g.10gb', count: 3 }, { clearIdle: true })
    expect(answer).toMatchObject({ kind: 'placed' })
  })

  test('idle instances of a cordoned GPU are not taken, and a GPU with nothing else can be removed', () => {
    const fleet = createFleet({ gpus: [idleGpu, { id: 'b', model }] })
    expect(fleet.cordon({ gpus: ['a'] })).toEqual([])
    const answer = fleet.place({ profile: '1g.5gb' })
    expect(answer).toMatchObject({ placements: [{ gpu: 'b' }] })
    expect(fleet.removeGpus(['a'])).toEqual([])
  })

  test.each([
    ['an id', { id: 'job' }, 'id'],
    ['an end', { expectedEnd: 5 }, 'expectedEnd'],
    ['labels', { labels: ['web'] }, 'labels'],
  ])('an idle instance with %s is refused', (_what, more, field) => {
    const gpus = [{ id: 'a', model, layout: [{ ...small(0), ...more }] }]
    expect(() => createFleet({ gpus })).toThrow(
      expect.objectContaining({
        code: 'MIG_FLEET_INVALID',
        issues: [expect.objectContaining({ path: ['gpus', 0, 'layout', 0, field] })],
      }),
    )
  })

  test('compaction and draining leave idle instances where they are, and say so', async () => {
    const held = { profileId: 14, placement: { start: 0, size: 2 }, id: 'job' }
    const gpus = [
      { id: 'a', model, layout: [held, { ...small(2), idle: true }] },
      { id: 'b', model, layout: [{ ...held, id: 'other' }] },
    ]
    const { plan, gpus: count } = await compactFleet({ gpus })
    expect(count).toBe(1)
    expect(plan.moves).toMatchObject([{ request: 'other', to: { gpu: 'a' } }])
    const drained = await drainGpus({ gpus }, { gpus: ['a'] })
    expect(drained.left).toMatchObject([{ request: null, reason: 'idle', placement: { start: 2 } }])
    const question = { kind: 'drain', fleet: { gpus }, which: { gpus: ['a'] } } as const
    expect(verifyPlan(question, drained)).toEqual({ valid: true, proven: true })
  })
})
