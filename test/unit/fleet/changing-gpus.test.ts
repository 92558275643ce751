import { describe, expect, test } from 'vitest'
import { createFleet, makeRoom, packFleet } from '../../../lib/fleet.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'

const model = 'A100-SXM4-40GB'
const gpus: readonly FleetGpu[] = [
  { id: 'a', model, node: 'one', count: 2 },
  { id: 'b', model, node: 'two', count: 2 },
]
const whole = { profile: '7g.40gb' }
const refusal = expect.objectContaining({ code: 'MIG_FLEET_INVALID' })

function placesOf(fleet: ReturnType<typeof createFleet>, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const answer = fleet.place({ ...whole, id: `job-${index}` })
    return answer.kind === 'placed' ? (answer.placements[0]?.gpu ?? '') : answer.reason
  })
}

describe('Adding and removing GPUs', () => {
  test('Added GPUs come last in the order of the fleet, whatever has left', () => {
    const fleet = createFleet({ gpus })
    expect(fleet.removeGpus(['a/0', 'b/1'])).toEqual([])
    fleet.addGpus([
      { id: 'a/0', model, node: 'one' },
      { id: 'c', model },
    ])
    expect(fleet.snapshot().gpus.map(({ id }) => id)).toEqual(['a/1', 'b/0', 'a/0', 'c'])
    expect(placesOf(fleet, 5)).toEqual(['a/1', 'b/0', 'a/0', 'c', 'no-room'])
  })

  test('After hundreds of GPUs have come and gone, a fleet is what a new one would be', () => {
    const fleet = createFleet({ gpus, policy: 'best-fit' })
    for (let round = 0; round < 300; round += 1) {
      fleet.addGpus([{ id: `x${round}`, model }])
      fleet.place({ id: `on-${round}`, profile: '4g.20gb' })
      if (round >= 3) fleet.removeGpus([`x${round - 3}`], { evict: true })
    }
    const { gpus: left, fragmentation } = fleet.snapshot()
    expect(left).toHaveLength(7)
    expect(createFleet({ gpus: left }).snapshot().fragmentation).toEqual(fragmentation)
  })

  test('A GPU that holds something is not removed, unless evict is set', () => {
    const fleet = createFleet({ gpus })
    fleet.place({ id: 'job', profile: '3g.20gb' })
    fleet.place({ id: 'other', profile: '3g.20gb' })
    const before = fleet.snapshot()
    expect(() => fleet.removeGpus(['b/0', 'a/0'])).toThrow(
      /gpus\[1\] is a\/0, which holds other, job\./,
    )
    expect(fleet.snapshot()).toEqual(before)
    const evicted = fleet.removeGpus(['a/0'], { evict: true })
    expect(evicted.map(({ request, gpu }) => [request, gpu])).toEqual([
      ['other', 'a/0'],
      ['job', 'a/0'],
    ])
    expect(() => fleet.release('job')).toThrow(refusal)
    expect(fleet.place({ id: 'job', profile: '3g.20gb' })).toMatchObject({ kind: 'placed' })
  })

  test('An invalid call to add or remove GPUs changes nothing', () => {
    const fleet = createFleet({ gpus })
    fleet.place({ id: 'job', ...whole })
    const before = JSON.stringify(fleet.snapshot())
    const on = (id: string) => [{ id, profileId: 19, placement: { start: 0, size: 1 } }]
    for (const bad of [
      () =>
        fleet.addGpus([
          { id: 'new', model: 'A30' },
          { id: 'b/1', model },
        ]),
      () =>
        fleet.addGpus([
          { id: 'new', model: 'A30' },
          { id: 'newer', model: 'none' },
        ]),
      () => fleet.addGpus([{ id: 'new', model, layout: on('job') }]),
      () => fleet.removeGpus(['b/0', 'nowhere']),
      () => fleet.cordon({ gpus: ['b/0'], nodes: ['nowhere'] }),
      () => fleet.uncordon({ gpus: ['b'] }),
    ]) {
      expect(bad).toThrow(refusal)
      expect(JSON.stringify(fleet.snapshot())).toBe(before)
    }
    // No A30 was added, so the fleet does not know their profiles.
    expect(() => fleet.place({ profile: '1g.6gb' })).toThrow(/no GPU of the fleet has a profile/)
    fleet.addGpus([{ id: 'new', model: 'A30' }])
    expect(fleet.place({ profile: '1g.6gb' })).toMatchObject({ placements: [{ gpu: 'new' }] })
    fleet.removeGpus(['new'], { evict: true })
    expect(() => fleet.place({ profile: '1g.6gb' })).toThrow(/no GPU of the fleet has a profile/)
  })
})

describe('Cordoned GPUs', () => {
  test('Cordoned GPUs take nothing new, keep what they hold, and are free again after uncordon', () => {
    const fleet = createFleet({ gpus })
    fleet.place({ id: 'job', profile: '3g.20gb' })
    expect(fleet.cordon({ nodes: ['one'] })).toMatchObject([{ request: 'job', gpu: 'a/0' }])
    expect(fleet.place({ id: 'next', profile: '3g.20gb' })).toMatchObject({
      placements: [{ gpu: 'b/0' }],
    })
    const to = { id: 'next', gpu: 'a/1', placement: { start: 0, size: 4 } }
    expect(() => fleet.move([to])).toThrow(/a\/1, which is cordoned/)
    expect(fleet.snapshot().fragmentation.models).toMatchObject([
      { gpuCount: 4, cordonedGpus: 2, gpusInUse: 2, freeUnits: 12, fewestGpus: 1 },
    ])
    fleet.cordon({ gpus: ['b/0', 'b/1'] })
    expect(fleet.place(whole)).toMatchObject({ reason: 'cordoned', proven: true })
    fleet.move([])
    fleet.uncordon({ gpus: ['a/0'] })
    expect(fleet.place({ profile: '3g.20gb' })).toMatchObject({ placements: [{ gpu: 'a/0' }] })
  })

  test('packFleet and makeRoom use no cordoned GPUs either', async () => {
    const half = (id: string) => [{ id, profileId: 9, placement: { start: 4, size: 4 } }]
    const small = { id: 'small', profileId: 19, placement: { start: 0, size: 1 } }
    const inUse: readonly FleetGpu[] = [
      { id: 'a', model, layout: [small, ...half('x')] },
      { id: 'b', model, cordoned: true, layout: half('y') },
    ]
    const { unplaced } = await packFleet({ requests: [{ profile: '3g.20gb' }], gpus: inUse })
    expect(unplaced).toEqual([{ entry: 0, count: 1 }])
    const request = { profile: '4g.20gb' }
    expect(makeRoom({ gpus: inUse }, request, { pinned: ['x'] }).kind).toBe('no-room')
    const open = inUse.map(({ cordoned: _cordoned, ...gpu }) => gpu)
    expect(makeRoom({ gpus: open }, request, { pinned: ['x'] }).kind).toBe('room')
    const fleet = createFleet({ gpus: inUse })
    expect(makeRoom(fleet, request, { pinned: ['x'] }).kind).toBe('no-room')
    fleet.uncordon({ gpus: ['b'] })
    expect(makeRoom(fleet, request, { pinned: ['x'] }).kind).toBe('room')
  })
})
