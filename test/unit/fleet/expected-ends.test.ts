import { describe, expect, test } from 'vitest'
import { layoutTableOf } from '../../../lib/fleet/layouts/layout-table.js'
import { lastingLoss } from '../../../lib/fleet/online/lasting-loss.js'
import { createRandom } from '../../../lib/fleet/policy/random.js'
import { createFleet, makeRoom } from '../../../lib/fleet.js'
import { compileGeometry } from '../../../lib/solver/tables/tables.js'
import type { CreateFleetOptions, Fleet } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import { migErrorOf } from '../../support/errors.js'
import { geometryOf } from '../../support/geometry.js'

const model = 'A100-SXM4-40GB'
const right = { start: 4, size: 4 }

/** One 3g.20gb on each of two GPUs: that of `a` ends at 10, that of `b` at 100. */
function twoGpus(more: Partial<CreateFleetOptions> = {}): Fleet {
  const gpu = (id: string, expectedEnd: number): FleetGpu => ({
    id,
    model,
    layout: [{ profileId: 9, placement: right, id: `on-${id}`, expectedEnd, since: 0 }],
  })
  return createFleet({ gpus: [gpu('a', 10), gpu('b', 100)], clock: () => 0, ...more })
}

function gpuOf(fleet: Fleet, request: FleetRequest): string | undefined {
  const answer = fleet.place(request)
  return answer.kind === 'placed' ? answer.placements[0]?.gpu : undefined
}

describe.each(['fgd', 'residual', 'best-fit'] as const)('with the policy %s', (policy) => {
  test('a request that stays goes beside the one that stays, and leaves the GPU that is soon empty alone', () => {
    expect(gpuOf(twoGpus({ policy }), { profile: '4g.20gb' })).toBe('b')
    expect(gpuOf(twoGpus({ policy }), { profile: '4g.20gb', expectedEnd: 100 })).toBe('b')
  })
})

test('of several ends that are equally likely, those that have passed do not count', () => {
  const ends = [5, 10, 100]
  const layout = [{ profileId: 9, placement: right, expectedEnd: ends, since: 0 }]
  let now = 0
  const fleet = createFleet({
    gpus: [
      {
        id: 'first',
        model,
        layout: [{ profileId: 9, placement: right, expectedEnd: 50, since: 0 }],
      },
      { id: 'second', model, layout },
    ],
    clock: () => now,
  })
  expect(gpuOf(fleet, { id: 'x', profile: '4g.20gb', expectedEnd: 1000 })).toBe('first')
  fleet.release('x')
  now = 20
  expect(gpuOf(fleet, { profile: '4g.20gb', expectedEnd: 1000 })).toBe('second')
})

test('callers whose ends were always right are believed to the minute', () => {
  let now = 0
  const beside = (id: string, since: number, expectedEnd: number): FleetGpu => ({
    id,
    model,
    layout: [{ profileId: 9, placement: right, expectedEnd, since }],
  })
  const fleet = createFleet({
    gpus: [beside('begun long ago', 0, 100), beside('begun now', 90, 101)],
    policy: 'residual',
    clock: () => now,
  })
  for (; now < 90; now += 1) {
    fleet.place({ id: 'exact', profile: '1g.5gb', expectedEnd: now + 1 })
    now += 1
    fleet.release('exact')
    now -= 1
  }
  expect(fleet.snapshot().memory.ends?.ratios.filter((count) => count > 0)).toEqual([90])
  expect(gpuOf(fleet, { profile: '4g.20gb', expectedEnd: 1000 })).toBe('begun now')
})

test('where nothing has an end that is still to come, the clock changes nothing', () => {
  const gpus = [{ id: 'a', model, count: 3 }]
  const profiles = ['1g.5gb', '3g.20gb', '2g.10gb', '1g.5gb', '4g.20gb', '3g.20gb']
  const unread = createFleet({
    gpus,
    clock: () => {
      throw new Error('read')
    },
  })
  const passed = createFleet({ gpus, clock: () => 1000 })
  for (const profile of profiles) {
    const plain = unread.place({ profile })
    expect(passed.place({ profile, expectedEnd: [900, 1000] })).toEqual(plain)
  }
  expect(passed.snapshot()).toEqual(unread.snapshot())
})

test('an end moves along with its instance, and a snapshot has it', () => {
  const fleet = createFleet({
    gpus: [{ id: 'gpu', model, count: 2 }],
    clock: () => 7,
  })
  fleet.place(
    { id: 'x', profile: '1g.5gb', expectedEnd: 90 },
    { at: { gpu: 'gpu/0', placement: { start: 0, size: 1 } } },
  )
  fleet.place(
    { id: 'y', profile: '4g.20gb' },
    { at: { gpu: 'gpu/1', placement: { start: 0, size: 4 } } },
  )
  const request = { id: 'z', profile: '7g.40gb' }
  const room = makeRoom(fleet, request)
  if (room.kind !== 'room') throw new Error('no room')
  expect(fleet.admit(request, room).kind).toBe('placed')
  const held = fleet.snapshot().gpus.flatMap(({ layout = [] }) => layout)
  expect(held.find(({ id }) => id === 'x')).toMatchObject({ expectedEnd: [90], since: 7 })
  expect(held.find(({ id }) => id === 'y')).not.toHaveProperty('since')
})

test.each([
  ['a request whose end is a text', { request: { expectedEnd: 'soon' } }],
  ['a request whose end is not finite', { request: { expectedEnd: Number.POSITIVE_INFINITY } }],
  ['a request with a list that has no number', { request: { expectedEnd: [1, null] } }],
  ['an instance with a time that is none', { instance: { since: Number.NaN } }],
  ['a clock that is no function', { options: { clock: 12 } }],
  ['a memory of ends with too few classes', { options: { memory: { ends: { ratios: [1] } } } }],
])('%s is MIG_FLEET_INVALID', (_what, { request, instance, options }: Record<string, object>) => {
  const code = migErrorOf(() => {
    const layout = [{ profileId: 9, placement: right, ...instance }]
    const fleet = createFleet({ gpus: [{ id: 'a', model, layout }], ...options })
    fleet.place({ profile: '1g.5gb', ...request })
  })
  expect(code).toMatchObject({ code: 'MIG_FLEET_INVALID' })
})

test('the loss of a place is the mean of its scores over its time, as many small steps give it', () => {
  const table = layoutTableOf(compileGeometry(geometryOf('a100-40gb')))
  const random = createRandom(5)
  const { count, placeCount, next, previous } = table
  const score = (layout: number, place: number, after: number): number =>
    ((layout * 31 + place * 17 + after * 7) % 101) - 20
  for (let trial = 0; trial < 60; trial += 1) {
    const layout = random.below(count)
    const able = Array.from({ length: placeCount }, (_, place) => place).filter(
      (place) => (next[layout * placeCount + place] ?? -1) >= 0,
    )
    const place = able[random.below(Math.max(1, able.length))]
    if (place === undefined) continue
    const leaving = Array.from({ length: placeCount }, (_, at) => at)
      .filter((at) => (previous[layout * placeCount + at] ?? -1) >= 0)
      .map((at) => ({ place: at, after: random.below(40) / 10 }))
      .sort((a, b) => a.after - b.after)
    const lasts = 0.1 + random.below(40) / 10
    const horizon = 1
    const weight = (time: number) => horizon / (horizon + time)
    const step = 0.001
    let sum = 0
    for (let time = step / 2; time < lasts; time += step) {
      let at = layout
      for (const { place: left, after } of leaving)
        if (after < time) at = previous[at * placeCount + left] ?? -1
      const after = next[at * placeCount + place] ?? -1
      sum += (weight(time - step / 2) - weight(time + step / 2)) * score(at, place, after)
    }
    const loss = lastingLoss(table, score, { layout, leaving, place, lasts, horizon })
    expect(Math.abs(loss - sum)).toBeLessThan(0.2)
  }
})
