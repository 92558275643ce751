import { describe, expect, test } from 'vitest'
import { packFleet } from '../../../lib/fleet.js'
import type { FleetGpu, FleetPlacement, FleetRequest } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'
import { findPackingFault } from '../../support/packing.js'

const geometry = geometryOf('a100-40gb')
const fleetOf = (nodes: number, each: number): FleetGpu[] =>
  Array.from({ length: nodes * each }, (_, index) => ({
    id: `gpu${index}`,
    node: `node${Math.floor(index / each)}`,
    geometry,
  }))

function nodeOf(gpus: readonly FleetGpu[], { gpu }: FleetPlacement): string | undefined {
  return gpus.find(({ id }) => id === gpu)?.node
}

describe('Requests that are tied to their neighbours', () => {
  test('No node gets more requests of a label than spread allows', async () => {
    const gpus = fleetOf(4, 2)
    const spread = [{ label: 'db', maxPerNode: 1 }]
    const requests = [
      { id: 'db', count: 4, profile: '1g.5gb', labels: ['db'], spread },
      { id: 'web', count: 12, profile: '1g.5gb' },
    ]
    const packing = await packFleet({ requests, gpus })
    expect(findPackingFault({ requests, gpus }, packing)).toBeNull()
    const nodes = packing.placements
      .filter(({ entry }) => entry === 0)
      .map((each) => nodeOf(gpus, each))
    expect(new Set(nodes).size).toBe(4)
    // The bound ignores labels: 16 small instances would fit on 3 GPUs.
    expect(packing).toMatchObject({ objective: { unplacedValue: 0, gpus: 4 }, gap: 1 / 4 })
    expect(packing).toMatchObject({ lowerBound: { gpus: 3 }, proof: 'closed-form' })
  })

  test('A request that spread allows on no node is left out', async () => {
    const gpus = fleetOf(3, 2)
    const spread = [{ label: 'db', maxPerNode: 1 }]
    const requests = [{ count: 4, profile: '1g.5gb', labels: ['db'], spread }]
    const packing = await packFleet({ requests, gpus })
    expect(packing.unplaced).toEqual([{ entry: 0, count: 1 }])
  })

  test('A request and one that avoids its label stay apart, whichever is placed first', async () => {
    const gpus = fleetOf(2, 1)
    const requests = [
      { id: 'quiet', profile: '1g.5gb', avoid: [{ label: 'noisy', scope: 'gpu' as const }] },
      { id: 'loud', profile: '4g.20gb', labels: ['noisy'] },
      { id: 'loud too', profile: '1g.5gb', labels: ['noisy'] },
    ]
    const { placements } = await packFleet({ requests, gpus })
    const [quiet, loud, other] = requests.map(
      ({ id }) => placements.find(({ request }) => request === id)?.gpu,
    )
    expect(loud).toBe(other)
    expect(quiet).not.toBe(loud)
    expect(quiet).toBeDefined()
  })

  test('Instances that are on a GPU already count for spread and avoid', async () => {
    const instance = { profileId: 19, placement: { start: 0, size: 1 }, labels: ['db'] }
    const gpus: FleetGpu[] = [
      { id: 'a', node: 'n', geometry, layout: [instance] },
      { id: 'b', node: 'n', geometry },
    ]
    const avoid = (scope: 'gpu' | 'node') => ({
      requests: [{ profile: '1g.5gb', avoid: [{ label: 'db', scope }] }],
      gpus,
    })
    expect((await packFleet(avoid('gpu'))).placements).toMatchObject([{ gpu: 'b' }])
    expect((await packFleet(avoid('node'))).unplaced).toEqual([{ entry: 0, count: 1 }])
  })

  test('Requests with one sameNode are all placed on one node, or none of them is', async () => {
    const gpus = fleetOf(2, 2)
    const set = (count: number) => ({ count, profile: '7g.40gb', sameNode: 'training' })
    const fitting = await packFleet({ requests: [set(2)], gpus })
    expect(new Set(fitting.placements.map((each) => nodeOf(gpus, each))).size).toBe(1)
    const tooMany = await packFleet({ requests: [set(3)], gpus })
    expect(tooMany.placements).toEqual([])
    expect(tooMany.unplaced).toEqual([{ entry: 0, count: 3 }])
  })

  test('Other requests fill what tied requests leave free', async () => {
    const gpus = fleetOf(3, 1)
    const requests = [
      { profile: '3g.20gb', sameNode: 'pair', count: 2 },
      { profile: '4g.20gb', count: 1 },
      { profile: '3g.20gb', count: 1 },
    ]
    const packing = await packFleet({ requests, gpus })
    expect(packing).toMatchObject({ objective: { unplacedValue: 0, gpus: 2 }, gap: 0 })
    expect(findPackingFault({ requests, gpus }, packing)).toBeNull()
  })

  test('A request with several labels is kept away by a rule that names one of them', async () => {
    const requests: FleetRequest[] = [
      { id: 'quiet', profile: '1g.5gb', avoid: [{ label: 'noisy', scope: 'gpu' }] },
      { id: 'loud', profile: '1g.5gb', labels: ['web', 'noisy', 'db'] },
      { id: 'calm', profile: '1g.5gb', labels: ['web', 'db'] },
    ]
    const one = await packFleet({ requests, gpus: fleetOf(1, 1) })
    expect(one.objective.unplacedValue).toBe(1)
    expect(one.placements.map(({ request }) => request)).toContain('calm')
    const { placements } = await packFleet({ requests, gpus: fleetOf(2, 1) })
    const gpuOf = (id: string) => placements.find(({ request }) => request === id)?.gpu
    expect(gpuOf('loud')).toBeDefined()
    expect(gpuOf('quiet')).toBeDefined()
    expect(gpuOf('quiet')).not.toBe(gpuOf('loud'))
  })
})
