import { expect, test } from 'vitest'
import { createFleet, makeRoom, packFleet, verifyBound } from '../../../lib/fleet.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { migErrorOf } from '../../support/errors.js'
import { geometryOf } from '../../support/geometry.js'

// An A100 of 80 GB gives 79 GiB to its largest profile, 7g.80gb, and 39.25 GiB to 3g.40gb. Slurm names
// these 7g.79gb and 3g.39gb (NVIDIA/mig-parted#31).
const model = 'A100-SXM4-80GB'
const wholeProfile = 0
const halfProfile = 9

test('A fleet places a request by the rounded memory of its instance, as configurations do', () => {
  const fleet = createFleet({ gpus: [{ id: 'gpu', model }] })
  expect(fleet.place({ id: 'job', profile: '7g.79gb' })).toMatchObject({
    kind: 'placed',
    placements: [{ request: 'job', gpu: 'gpu', profileId: wholeProfile }],
  })
})

test('A packing understands rounded names, and its certificate still proves the bound', async () => {
  const problem = {
    requests: [{ profile: '3g.39gb', count: 3 }],
    gpus: [{ id: 'gpu', model, count: 2 }],
  }
  const { placements, objective, certificate } = await packFleet(problem)
  expect(placements.map(({ profileId }) => profileId)).toEqual(Array(3).fill(halfProfile))
  expect(objective).toEqual({ unplacedValue: 0, gpus: 2, cost: 0 })
  expect(verifyBound(problem, certificate)).toMatchObject({ valid: true })
})

test('A name of the driver counts before rounded memory, and a rounded name of two profiles is unknown', () => {
  const likeSmall = (names: readonly string[]): Geometry => ({
    profiles: geometryOf('a100-80gb')
      .profiles.filter(({ name }) => name === '1g.10gb' || name === '1g.20gb')
      .map((profile, index) => ({ ...profile, name: names[index] ?? '', memoryMiB: 9728 })),
  })
  const driverName = createFleet({
    gpus: [{ id: 'gpu', geometry: likeSmall(['1g.8gb', '1g.10gb']) }],
  })
  expect(driverName.place({ profile: '1g.10gb' })).toMatchObject({
    placements: [{ profileId: 15 }],
  })
  const twice = createFleet({ gpus: [{ id: 'gpu', geometry: likeSmall(['1g.8gb', '1g.9gb']) }] })
  expect(migErrorOf(() => twice.place({ profile: '1g.10gb' })).code).toBe('MIG_PROFILE_UNKNOWN')
})

test('The mix of a policy may name profiles by their rounded memory', () => {
  const gpus = [{ id: 'gpu', model }]
  const exact = createFleet({ gpus, mix: { '3g.40gb': 2, '7g.80gb': 1 } })
  const rounded = createFleet({ gpus, mix: { '3g.39gb': 2, '7g.79gb': 1 } })
  expect(rounded.snapshot().memory).toEqual(exact.snapshot().memory)
  expect(() => createFleet({ gpus, mix: { '3g.38gb': 1 } })).toThrow(/mix\["3g\.38gb"\]/)
})

test('The cost of a move may name profiles by their rounded memory', () => {
  const half = (id: string) => ({ id, profileId: halfProfile, placement: { start: 0, size: 4 } })
  const gpus = [
    { id: 'a', model, layout: [half('one')] },
    { id: 'b', model, layout: [half('two')] },
  ]
  const moveCost = { profiles: [{ profile: '3g.39gb', cost: 5 }] }
  const answer = makeRoom({ gpus }, { profile: '7g.80gb' }, { moveCost })
  expect(answer).toMatchObject({ kind: 'room', plan: { cost: 5 } })
})
