import { describe, expect, test } from 'vitest'
import {
  compactFleet,
  configureNodes,
  createFleet,
  drainGpus,
  makeRoom,
  packFleet,
} from '../../../lib/fleet.js'
import type { FleetMoveCosts } from '../../../types/fleet/moves.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'

const model = 'A100-SXM4-40GB'
const request = { id: 'r', profile: '1g.5gb' }
const refused = async (call: () => unknown, message: RegExp): Promise<void> => {
  await expect((async () => call())()).rejects.toMatchObject({
    code: 'MIG_FLEET_INVALID',
    message: expect.stringMatching(message),
  })
}

describe.each<[string, readonly FleetGpu[]]>([
  [
    'before',
    [
      { id: 'a/1', model },
      { id: 'a', count: 2, model },
    ],
  ],
  [
    'after',
    [
      { id: 'a', count: 2, model },
      { id: 'b', model },
      { id: 'a/1', model },
    ],
  ],
])(
  'A GPU with the name of a GPU of an entry with a count, %s that entry, is refused',
  (_, gpus) => {
    test.each<[string, () => unknown]>([
      ['packFleet', () => packFleet({ gpus, requests: [request] })],
      ['makeRoom', () => makeRoom({ gpus }, request)],
      ['compactFleet', () => compactFleet({ gpus })],
      ['drainGpus', () => drainGpus({ gpus }, { gpus: ['a/1'] })],
      ['configureNodes', () => configureNodes({ gpus })],
      ['createFleet', () => createFleet({ gpus })],
    ])('%s refuses two GPUs with one name', (_name, call) =>
      refused(call, /id is a\/1, the name of one of the 2 GPUs of entry a/),
    )
  },
)

test('A GPU whose number is beyond the count of an entry is another GPU', () => {
  const gpus = [
    { id: 'a', count: 2, model },
    { id: 'a/2', model },
    { id: 'a/x', model },
  ]
  expect(createFleet({ gpus }).snapshot().gpus).toHaveLength(4)
})

describe('Two requests with one id are refused', () => {
  const gpus = [{ id: 'a', model }]
  test.each([
    [[request, request], /requests\[1\]\.id repeats the id r/],
    [
      [
        { ...request, id: 'q/0' },
        { ...request, id: 'q', count: 1 },
      ],
      /the name of one member of a request/,
    ],
  ])(
    'makeRoom, compactFleet and drainGpus refuse requests with one id: %j',
    async (requests, message) => {
      await refused(() => makeRoom({ gpus, requests }, { profile: '1g.5gb' }), message)
      await refused(() => compactFleet({ gpus, requests }), message)
      await refused(() => drainGpus({ gpus, requests }, { gpus: ['a'] }), message)
    },
  )
})

describe('The cost of moves stays exact', () => {
  const layout = [0, 1, 2, 3, 4, 5, 6].map((start) => ({
    profileId: 19,
    placement: { start, size: 1 },
  }))
  const few = [{ id: 'a', model, layout }]
  const many = [{ id: 'a', model, layout, count: 2000 }]
  const each = 2 ** 40

  test.each<[string, FleetMoveCosts]>([
    ['each', { each: 2 ** 53 - 1 }],
    ['each', { each: 2 ** 40 + 1 }],
    ['requests[0].cost', { requests: [{ id: 'x', cost: 2 ** 50 }] }],
    ['profiles[0].cost', { profiles: [{ profile: 19, cost: 2 ** 50 }] }],
  ])('A cost of %s that is too large is refused: %j', async (place, costs) => {
    const message = new RegExp(
      `\\.${place.replace(/[[\]]/g, '\\$&')} is \\d+, not a whole number from [01] to 1099511627776`,
    )
    await refused(() => makeRoom({ gpus: few }, request, { moveCost: costs }), message)
    await refused(() => compactFleet({ gpus: few }, { costs }), message)
    await refused(() => drainGpus({ gpus: few }, { gpus: ['a'] }, { costs }), message)
  })

  test('Costs of moves whose sum is too large are refused', async () => {
    const message = /^(costs|moveCost) makes the cost of all moves larger than exact numbers are/
    await refused(() => makeRoom({ gpus: many }, request, { moveCost: { each } }), message)
    await refused(
      () => makeRoom(createFleet({ gpus: many }), request, { moveCost: { each } }),
      message,
    )
    await refused(() => compactFleet({ gpus: many }, { costs: { each } }), message)
    await refused(() => drainGpus({ gpus: many }, { gpus: ['a'] }, { costs: { each } }), message)
  })

  test('The largest costs of moves are summed without rounding', async () => {
    const gpus = [...few, { id: 'b', model }]
    const { left, cost, lowerBound } = await drainGpus(
      { gpus },
      { gpus: ['a'] },
      { costs: { each: each - 1 } },
    )
    expect([left, cost, lowerBound.cost]).toEqual([[], 7 * each - 7, 7 * each - 7])
  })
})

describe('A geometry whose memory is no valid amount is refused', () => {
  const geometry = geometryOf('a100-40gb')
  test.each([0.5, -1, 1e15, Number.NaN, 2 ** 30 + 1])(
    'A geometry with a memory of %d MiB is refused',
    async (memoryMiB) => {
      const profiles = geometry.profiles.map((profile) => ({ ...profile, memoryMiB }))
      const gpus = [{ id: 'a', geometry: { profiles } }]
      const message = /geometry is invalid: .*memory/
      await refused(() => createFleet({ gpus }), message)
      await refused(() => packFleet({ gpus, requests: [request], objective: 'memory' }), message)
    },
  )
})

test.each([0.5, -1])('A need of %d MiB is refused', (memoryMiB) =>
  refused(
    () => createFleet({ gpus: [{ id: 'a', model }] }).place({ need: { memoryMiB } }),
    /request\.need\.memoryMiB is -?[\d.]+, not a whole number from 0/,
  ),
)

test('A need that no GPU has is answered with never', () => {
  const fleet = createFleet({ gpus: [{ id: 'a', model }] })
  expect(fleet.place({ need: { memoryMiB: 1e15 } })).toMatchObject({
    reason: 'never',
    proven: true,
  })
})

test.each([0, 2 ** 31, 1.5])('tune refuses %d work units', (workUnits) =>
  refused(() => createFleet({ gpus: [{ id: 'a', model }] }).tune({ workUnits }), /workUnits is/),
)
