import { describe, expect, test } from 'vitest'
import { packFleet } from '../../../lib/fleet.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')
const a30 = geometryOf('a30-24gb')
const gpus: FleetGpu[] = [
  { id: 'plain', node: 'n0', geometry: a100, model: 'A100', labels: { zone: 'a' } },
  { id: 'kept', node: 'n1', geometry: a100, model: 'A100', reservation: 'team' },
  { id: 'small', node: 'n2', geometry: a30, model: 'A30', labels: { zone: 'b' } },
  { id: 'whole', node: 'n3', geometry: a100, model: 'A100', migEnabled: false },
]

async function whereGoes(request: FleetRequest): Promise<readonly string[]> {
  const { placements } = await packFleet({ requests: [request], gpus })
  return placements.map(({ gpu }) => gpu)
}

describe('The GPUs that a request may enter', () => {
  test.each<[string, FleetRequest, readonly string[]]>([
    ['the first GPU that it may enter', { profile: '7g.40gb' }, ['plain']],
    ['no reserved GPU without a reservation', { profile: '7g.40gb', count: 2 }, ['plain']],
    [
      'reserved and other GPUs with its reservation',
      { profile: '7g.40gb', count: 2, reservation: 'team' },
      ['plain', 'kept'],
    ],
    [
      'no GPU with another reservation',
      { profile: '7g.40gb', count: 2, reservation: 'other' },
      ['plain'],
    ],
    ['the GPU that its filter names', { need: {}, where: { gpus: ['small'] } }, ['small']],
    [
      'a GPU on a node that its filter names',
      { need: {}, where: { nodes: ['n2', 'n9'] } },
      ['small'],
    ],
    [
      'no GPU on a node that its filter excludes',
      { need: {}, where: { notNodes: ['n0'] } },
      ['small'],
    ],
    [
      'a GPU of the model that its filter names',
      { need: {}, where: { models: ['A30'] } },
      ['small'],
    ],
    [
      'a GPU with the label that its filter names',
      { need: {}, where: { labels: { zone: 'b' } } },
      ['small'],
    ],
    ['whole GPUs only where MIG is off', { wholeGpu: true, count: 2 }, ['whole']],
    [
      'a profile by id on the model that its filter names',
      { profile: 14, where: { models: ['A30'] } },
      ['small'],
    ],
  ])('A request goes to %s', async (_, request, expected) => {
    expect(await whereGoes(request)).toEqual(expected)
  })

  test('A GPU that is held as a whole takes nothing more', async () => {
    const held = gpus.map((gpu) => (gpu.id === 'whole' ? { ...gpu, heldBy: 'job' } : gpu))
    const packing = await packFleet({ requests: [{ wholeGpu: true }], gpus: held })
    expect(packing).toMatchObject({ objective: { unplacedValue: 1, gpus: 1 }, gap: 0 })
  })

  test('GPUs and requests of entries with a count have numbered names', async () => {
    const { placements } = await packFleet({
      requests: [{ id: 'job', count: 2, profile: '7g.40gb' }, { profile: '7g.40gb' }],
      gpus: [{ id: 'gpu', count: 3, geometry: a100 }],
    })
    expect(placements.map(({ request, gpu }) => [request, gpu])).toEqual([
      ['job/0', 'gpu/0'],
      ['job/1', 'gpu/1'],
      [null, 'gpu/2'],
    ])
  })

  test('A model of the catalog needs no geometry', async () => {
    const packing = await packFleet({
      requests: [{ profile: '1g.10gb' }],
      gpus: [{ id: 'gpu', model: 'A100-SXM4-80GB' }],
    })
    expect(packing.objective).toEqual({ unplacedValue: 0, gpus: 1, cost: 0 })
  })
})

describe('What the objective minimises after the number of GPUs', () => {
  test('The objective memory gives away the least memory', async () => {
    const request: FleetRequest = { need: { memoryMiB: 4000 } }
    const both: FleetGpu[] = [
      { id: 'large', geometry: a30 },
      { id: 'fitting', geometry: a100 },
    ]
    const packing = await packFleet({ requests: [request], gpus: both, objective: 'memory' })
    expect(packing).toMatchObject({ objective: { gpus: 1, cost: 4864 }, gap: 0 })
    expect(packing.placements).toMatchObject([{ gpu: 'fitting' }])
  })

  test('The objective cost opens the cheapest GPUs', async () => {
    const costs = [9, 2, 4, 3].map((cost, index) => ({ id: `gpu${index}`, cost, geometry: a100 }))
    const packing = await packFleet({
      requests: [{ profile: '7g.40gb', count: 2 }],
      gpus: costs,
      objective: 'cost',
    })
    expect(packing).toMatchObject({ objective: { gpus: 2, cost: 5 }, lowerBound: { cost: 5 } })
    expect(packing.placements.map(({ gpu }) => gpu).sort()).toEqual(['gpu1', 'gpu3'])
  })

  test('packFleet places the most valuable requests if not all fit', async () => {
    const packing = await packFleet({
      requests: [
        { profile: '1g.5gb', count: 7 },
        { profile: '4g.20gb', value: 10 },
      ],
      gpus: [{ id: 'gpu', geometry: a100 }],
    })
    expect(packing).toMatchObject({ objective: { unplacedValue: 4, gpus: 1 }, gap: 0 })
    expect(packing.unplaced).toEqual([{ entry: 0, count: 4 }])
  })
})
