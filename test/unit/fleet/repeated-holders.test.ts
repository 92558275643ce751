import { expect, test } from 'vitest'
import { createFleet } from '../../../lib/fleet.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import { migErrorOf } from '../../support/errors.js'

const model = 'A100-SXM4-40GB'
const gpu = (id: string, ...holders: readonly string[]): FleetGpu => ({
  id,
  model,
  layout: holders.map((holder, index) => ({
    profileId: 19,
    placement: { start: index, size: 1 },
    id: holder,
  })),
})
const whole = (id: string, heldBy: string): FleetGpu => ({ id, model, migEnabled: false, heldBy })

test.each<[string, readonly FleetGpu[], number]>([
  ['twice on one GPU', [gpu('a', 'x'), gpu('b', 'y', 'y')], 1],
  ['on two GPUs', [gpu('a', 'x'), gpu('b', 'y'), gpu('c', 'z', 'x')], 2],
  ['an instance and a whole GPU', [gpu('a', 'x'), whole('b', 'y'), whole('c', 'x')], 2],
])(
  'a new fleet where one holder stands %s is refused, and the error names the second place',
  (_what, gpus, second) => {
    const error = migErrorOf(() => createFleet({ gpus }))
    expect(error.code).toBe('MIG_FLEET_INVALID')
    expect(error.issues?.[0]?.path).toEqual(['gpus', second])
  },
)

test('GPUs that repeat a holder are not added, and leave no trace', () => {
  const fleet = createFleet({ gpus: [gpu('a', 'x')] })
  const before = fleet.snapshot()
  for (const gpus of [[gpu('b', 'x')], [gpu('b', 'y'), gpu('c', 'y')]])
    expect(migErrorOf(() => fleet.addGpus(gpus)).code).toBe('MIG_FLEET_INVALID')
  expect(fleet.snapshot()).toEqual(before)
})

test.each<[string, readonly FleetGpu[], RegExp]>([
  ['the id of an entry without GPUs', [{ id: 'a', model, count: 0 }, gpu('a')], /repeats the id a/],
  [
    'the id of two entries without GPUs',
    [0, 0].map((count) => ({ id: 'a', model, count })),
    /repeats the id a/,
  ],
  ['the id of an entry with a count', [gpu('a'), { id: 'a', model, count: 2 }], /repeats the id a/],
  [
    'a GPU of an entry with a count',
    [{ id: 'a', model, count: 2 }, gpu('a/1')],
    /is a\/1, the name of one/,
  ],
  [
    'a GPU of an entry that comes later',
    [gpu('a/1'), { id: 'a', model, count: 2 }],
    /is a\/1, the name of one/,
  ],
])('a new fleet refuses GPUs that repeat %s', (_what, gpus, message) => {
  expect(() => createFleet({ gpus })).toThrow(message)
})

test('a new fleet refuses an instance that has the id of a request with a count', () => {
  const requests = [{ id: 'many', profile: '1g.5gb', count: 2, labels: ['x'] }]
  expect(() => createFleet({ gpus: [gpu('a', 'many/0')], requests })).not.toThrow()
  expect(() => createFleet({ gpus: [gpu('a', 'many')], requests })).toThrow(
    /held by many, which already/,
  )
})

test('a count that is too large is refused with the number of all GPUs, before any gets its name', () => {
  const gpus = [{ id: 'a', model, count: 2 ** 40 }, gpu('b')]
  expect(() => createFleet({ gpus })).toThrow(`have ${2 ** 40 + 1} GPUs in all`)
})
