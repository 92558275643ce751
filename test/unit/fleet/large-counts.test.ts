import { describe, expect, test } from 'vitest'
import {
  compactFleet,
  configureNodes,
  createFleet,
  makeRoom,
  packFleet,
  verifyBound,
} from '../../../lib/fleet.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'

const gpus: readonly FleetGpu[] = [{ id: 'a', model: 'A100-SXM4-40GB', count: 2 }]
const most = Number.MAX_SAFE_INTEGER
const refused = { code: 'MIG_FLEET_INVALID' }

describe('Counts that are larger than any fleet', () => {
  test.each([1e9, 1e12])(
    'packFleet names what fits of %d requests, and counts the rest',
    async (count) => {
      const problem = { requests: [{ id: 'q', profile: '1g.5gb', count }], gpus }
      const packing = await packFleet(problem)
      expect(packing.placements.map(({ request }) => request)).toEqual(
        Array.from({ length: 14 }, (_, number) => `q/${number}`),
      )
      expect(packing).toMatchObject({ gap: 0, unplaced: [{ entry: 0, count: count - 14 }] })
      expect(verifyBound(problem, packing.certificate)).toMatchObject({ valid: true })
    },
  )

  test('packFleet leaves out the last of several equal entries', async () => {
    const requests: FleetRequest[] = [
      { id: 'a', profile: '1g.5gb', count: 10 },
      { id: 'b', profile: '1g.5gb', count: 1e9 },
      { id: 'c', profile: '1g.5gb' },
    ]
    const { placements, unplaced } = await packFleet({ requests, gpus })
    expect(placements.map(({ request }) => request)).toEqual([
      ...Array.from({ length: 10 }, (_, number) => `a/${number}`),
      ...Array.from({ length: 4 }, (_, number) => `b/${number}`),
    ])
    expect(unplaced).toEqual([
      { entry: 1, count: 1e9 - 4 },
      { entry: 2, count: 1 },
    ])
  })

  test('place refuses a count that no fleet holds without trying, whatever its constraints', () => {
    const fleet = createFleet({ gpus })
    const before = fleet.snapshot().gpus
    for (const more of [{}, { id: 'q' }, { id: 'q', spread: [{ label: 'x', maxPerGpu: 1 }] }]) {
      for (const count of [1e9, most]) {
        expect(fleet.place({ profile: '1g.5gb', count, ...more })).toMatchObject({
          kind: 'refused',
          reason: 'no-room',
          proven: true,
        })
      }
    }
    expect(fleet.snapshot().gpus).toEqual(before)
    const memory = { ...fleet.snapshot(), fragmentation: undefined }
    expect(() => createFleet(memory)).not.toThrow()
  })

  test('place finds an id that is in use, whatever the count', () => {
    const fleet = createFleet({ gpus })
    fleet.place({ id: 'q/12345678', profile: '1g.5gb' })
    fleet.place({ id: 'r/7', profile: '1g.5gb', count: 2 })
    for (const id of ['q', 'r']) {
      expect(() => fleet.place({ id, profile: '1g.5gb', count: 1e9 })).toThrow(/makes [qr]\/\d+,/)
    }
    expect(fleet.place({ id: 'q', profile: '1g.5gb', count: 12345678 })).toMatchObject({
      reason: 'no-room',
    })
    const requests = [{ id: 'q', profile: '1g.5gb', count: 1e9 }]
    const added = [{ id: 'b', model: 'A100-SXM4-40GB' }]
    expect(() => fleet.addGpus(added, requests)).toThrow(/has the name q\/12345678/)
  })

  test('packFleet without names counts any number of GPUs', async () => {
    const many = [{ ...gpus[0], id: 'a', count: 1e12 }]
    const requests = [{ id: 'q', profile: '1g.5gb', count: 100 }]
    const packing = await packFleet({ requests, gpus: many })
    expect(packing).toMatchObject({ objective: { gpus: 15 }, gap: 0 })
    expect(packing.placements.at(-1)).toMatchObject({ request: 'q/99', gpu: 'a/14' })
    const counted = [{ profile: '1g.5gb', count: 1e12 }]
    expect(await packFleet({ requests: counted, gpus: many }, { names: false })).toMatchObject({
      objective: { gpus: Math.ceil(1e12 / 7) },
      gap: 0,
    })
    await expect(packFleet({ requests: counted, gpus: many })).rejects.toMatchObject(refused)
  })

  test('More GPUs than can have names are refused', async () => {
    const many = [{ ...gpus[0], id: 'a', count: 1e9 }]
    expect(() => createFleet({ gpus: many })).toThrow(expect.objectContaining(refused))
    expect(() => createFleet({ gpus }).addGpus(many)).toThrow(expect.objectContaining(refused))
    expect(() => makeRoom({ gpus: many }, { profile: '1g.5gb' })).toThrow(
      expect.objectContaining(refused),
    )
    expect(() => configureNodes({ gpus: many })).toThrow(expect.objectContaining(refused))
    await expect(compactFleet({ gpus: many })).rejects.toMatchObject(refused)
    const spread = [{ label: 'x', maxPerGpu: 1 }]
    const requests = [{ profile: '1g.5gb', labels: ['x'], spread }]
    await expect(packFleet({ requests, gpus: many })).rejects.toMatchObject(refused)
    const apart = [{ profile: '1g.5gb', labels: ['x'], spread, count: 1e9 }]
    await expect(packFleet({ requests: apart, gpus })).rejects.toMatchObject(refused)
  })

  test.each<[string, readonly FleetRequest[], readonly FleetGpu[]]>([
    ['requests', [{ profile: '1g.5gb', count: most }, { profile: '1g.5gb' }], gpus],
    ['the value of requests', [{ profile: '1g.5gb', count: 2 ** 40, value: 2 ** 30 }], gpus],
    ['GPUs', [], [...gpus, { id: 'b', model: 'A30', count: most }]],
    ['the cost of GPUs', [], [{ id: 'b', model: 'A30', count: 2 ** 30, cost: 2 ** 30 }]],
    ['the cost of one GPU', [], [{ id: 'b', model: 'A30', cost: 2 ** 40 + 1 }]],
  ])('Sums that are too large to be exact are refused: %s', async (_, requests, of) => {
    await expect(packFleet({ requests, gpus: of })).rejects.toMatchObject(refused)
  })

  test('A packing with the largest values is still proven', async () => {
    const requests = [
      { profile: '3g.20gb', count: 9, value: 2 ** 40 },
      { profile: '1g.5gb', count: 100 },
      { profile: '2g.10gb', count: 8, value: 2 ** 39 - 1 },
    ]
    const packing = await packFleet({ requests, gpus })
    expect(verifyBound({ requests, gpus }, packing.certificate)).toMatchObject({ valid: true })
    expect(packing.objective.unplacedValue).toBeGreaterThanOrEqual(packing.lowerBound.unplacedValue)
    const dear: FleetGpu[] = [
      { id: 'a', model: 'A100-SXM4-40GB', count: 3, cost: 2 ** 40 },
      { id: 'b', model: 'A30', count: 2, cost: 2 ** 39 + 1 },
    ]
    const problem = {
      requests: [{ need: { memoryMiB: 5000 }, count: 5 }, ...requests.slice(0, 1)],
      gpus: dear,
      objective: 'cost' as const,
    }
    const { certificate } = await packFleet(problem)
    expect(verifyBound(problem, certificate)).toMatchObject({ valid: true })
    const dearer = [{ profile: '1g.5gb', value: 2 ** 40 + 1 }]
    await expect(packFleet({ requests: dearer, gpus })).rejects.toMatchObject(refused)
  })
})
