import { expect, test } from 'vitest'
import { packFleet } from '../../../lib/fleet/pack/pack-fleet.js'
import { verifyBound } from '../../../lib/fleet/pack/verify-bound.js'
import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'

const model = 'A100-SXM4-40GB'
const idle = (profileId: number, start: number, size: number): FleetInstance => ({
  profileId,
  placement: { start, size },
  idle: true,
})
const seven = [0, 1, 2, 3, 4, 5, 6].map((start) => idle(19, start, 1))

test('seven requests for the profile of seven idle instances take them, and open no empty GPU', async () => {
  const gpus = [
    { id: 'empty', model },
    { id: 'static', model, layout: seven },
  ]
  const requests = [{ id: 'job', profile: '1g.5gb', count: 7 }]
  const { objective, gap, placements, patterns, cleared } = await packFleet({ gpus, requests })
  expect(objective).toEqual({ unplacedValue: 0, gpus: 1, cost: 0 })
  expect(gap).toBe(0)
  expect(placements.map(({ gpu, reused }) => [gpu, reused])).toEqual(
    Array(7).fill(['static', true]),
  )
  expect(patterns).toEqual([
    { like: 1, gpuCount: 7, instances: [{ profileId: 19, count: 1 }], reused: true },
  ])
  expect(cleared).toBeUndefined()
})

test('a need takes an idle instance of any profile that serves it, where nothing else has room', async () => {
  const gpus = [
    { id: 'a', model, layout: [idle(9, 4, 4), { profileId: 9, placement: { start: 0, size: 4 } }] },
  ]
  const requests = [{ id: 'job', need: { memoryMiB: 4000 } }]
  const { placements } = await packFleet({ gpus, requests })
  expect(placements).toMatchObject([{ profileId: 9, placement: { start: 4 }, reused: true }])
})

test('idle instances are cleared only where more can be placed so, and the bound of such a packing is verified as one', async () => {
  const problem = {
    gpus: [{ id: 'static', model, layout: seven }],
    requests: [
      { id: 'half', profile: '3g.20gb' },
      { id: 'small', profile: '1g.5gb', count: 2 },
    ],
  }
  const kept = await packFleet(problem)
  expect(kept.unplaced).toEqual([{ entry: 0, count: 1 }])
  expect(kept.gap).toBe(0)
  const {
    placements,
    cleared = [],
    objective,
    certificate,
    clearing,
  } = await packFleet(problem, { clearIdle: true })
  expect(objective.unplacedValue).toBe(0)
  // The half lies on three of them, at 4, or on four, at 0.
  expect(cleared).toHaveLength(3)
  expect(clearing).toEqual({ lowerBound: 3, gap: 0 })
  expect(placements.filter(({ reused }) => reused === true)).toHaveLength(2)
  const check = verifyBound(problem, certificate, { clearIdle: true })
  expect(check).toMatchObject({ valid: true, cleared: 3 })
  expect(verifyBound(problem, certificate)).toMatchObject({ valid: false })
})

test('of two GPUs, the one with fewer idle instances in the way is cleared, whichever comes first', async () => {
  const pair = [idle(14, 0, 2), idle(14, 2, 2)]
  const requests = [{ id: 'half', profile: '4g.20gb' }]
  for (const layouts of [
    [seven, pair],
    [pair, seven],
  ]) {
    const gpus = layouts.map((layout, index) => ({ id: `${index}`, model, layout }))
    const {
      placements,
      cleared = [],
      clearing,
    } = await packFleet({ gpus, requests }, { clearIdle: true })
    expect(placements[0]?.gpu).toBe(`${layouts.indexOf(pair)}`)
    expect(cleared).toHaveLength(2)
    expect(clearing).toEqual({ lowerBound: 2, gap: 0 })
  }
})

test('where a limit has ended the search, what is cleared has no bound, and the gap says so', async () => {
  const requests = [{ id: 'half', profile: '3g.20gb' }]
  const problem = { gpus: [{ id: 'static', model, layout: seven }], requests }
  const answer = await packFleet(problem, { clearIdle: true, workUnits: 0 })
  const { cleared = [], clearing } = answer
  expect(cleared.length).toBeGreaterThanOrEqual(3)
  expect(clearing?.gap).toBe((cleared.length - (clearing?.lowerBound ?? 0)) / cleared.length)
  expect(verifyBound(problem, answer.certificate, { clearIdle: true }).valid).toBe(true)
})

test('pinned idle instances are taken, but not cleared', async () => {
  const layout = seven.map((each) => ({ ...each, pinned: true }))
  const gpus = [{ id: 'static', model, layout }]
  const half = await packFleet({ gpus, requests: [{ profile: '3g.20gb' }] }, { clearIdle: true })
  expect(half.objective.unplacedValue).toBe(1)
  expect(half.gap).toBe(0)
  const small = await packFleet({ gpus, requests: [{ profile: '1g.5gb' }] }, { clearIdle: true })
  expect(small.placements).toMatchObject([{ reused: true }])
})

test('requests with rules about their neighbours take idle instances by these rules', async () => {
  const gpus: FleetGpu[] = ['a', 'b'].map((id) => ({
    id,
    model,
    layout: [idle(19, 0, 1), idle(19, 1, 1)],
  }))
  const spread = [{ label: 'web', maxPerGpu: 1 }]
  const requests = [{ id: 'web', profile: '1g.5gb', count: 2, labels: ['web'], spread }]
  const { placements } = await packFleet({ gpus, requests })
  expect(placements.map(({ gpu, reused }) => [gpu, reused])).toEqual([
    ['a', true],
    ['b', true],
  ])
  const together = [
    { id: 'pair', profile: '1g.5gb', count: 2, sameNode: 'pair' },
    { profile: '1g.5gb' },
  ]
  const pair = await packFleet({ gpus, requests: together })
  expect(pair.placements.filter(({ reused }) => reused === true)).toHaveLength(3)
})

test('hundreds of requests with filters of their own take the idle instances that these allow', async () => {
  const gpus: FleetGpu[] = Array.from({ length: 40 }, (_, index) => ({
    id: `gpu-${index}`,
    model,
    node: `node-${index}`,
    layout: index % 2 === 0 ? [idle(14, 0, 2), idle(14, 2, 2), idle(14, 4, 2)] : [],
  }))
  const requests: FleetRequest[] = Array.from({ length: 120 }, (_, index) => ({
    id: `job-${index}`,
    profile: '2g.10gb',
    where: {
      nodes: [`node-${index % 40}`, `node-${(7 * index + 3) % 40}`, `node-${(index * index) % 40}`],
    },
  }))
  const { objective, placements } = await packFleet({ gpus, requests }, { solver: 'own' })
  expect(objective.unplacedValue).toBe(0)
  const spots = new Set(placements.map(({ gpu, placement }) => `${gpu} ${placement?.start}`))
  expect(spots.size).toBe(120)
  const isIdle = ({ gpu }: { gpu: string }): boolean => Number(gpu.slice(4)) % 2 === 0
  // A GPU with three idle instances has no room for another: what is there is taken, and nothing is created.
  expect(placements.every((each) => (each.reused === true) === isIdle(each))).toBe(true)
})
