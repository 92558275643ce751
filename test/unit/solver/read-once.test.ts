import { describe, expect, test } from 'vitest'
import {
  checkLayout,
  chooseProfile,
  compileGeometry,
  describeLayout,
  describePartition,
  explainInfeasible,
  findCreationOrder,
  fits,
  isSamePartition,
  maxAdditional,
  partitionOf,
  placePartition,
  remaining,
  repartition,
} from '../../../lib/solver.js'
import type { Layout, PlacedGpuInstance } from '../../../types/solver/layout.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'
import { readableOnce } from '../../support/read-once.js'

const gpu = geometryOf('a100-40gb')
const small = profileIdOf(gpu, '1g.5gb')
const half = profileIdOf(gpu, '3g.20gb')
const instance = (profileId: number, sliceCount: number, start: number, size: number) => ({
  profileId,
  placement: { start, size },
  computeInstances: [{ sliceCount, placement: { start: 0, size: sliceCount } }],
})
const layout: Layout = [instance(half, 3, 4, 4), instance(small, 1, 0, 1)]
const want = (profileId: number, sliceCount: number, count: number) => ({
  profileId,
  sliceCount,
  count,
})
const two = [want(small, 1, 1), want(small, 1, 1)]
const tooMany = [want(half, 3, 2)]
const split = [want(half, 1, 2)]
const demand = [{ profileId: small, weight: 3 }]
const bare = [{ ...instance(half, 3, 4, 4), computeInstances: [] }]

test.each<[string, (once: <T>(value: T) => T) => unknown]>([
  ['fits, for devices that fit,', (once) => fits(gpu, once(layout), once(two))],
  ['fits, for devices that do not fit,', (once) => fits(gpu, once(layout), once(tooMany))],
  ['fits, for parts of a GPU instance,', (once) => fits(gpu, once([]), once(split))],
  ['fits, for a new geometry,', (once) => fits(once({ ...gpu }), once(layout), once(two))],
  ['remaining', (once) => remaining(gpu, once(layout))],
  ['maxAdditional', (once) => maxAdditional(gpu, once(layout), small)],
  [
    'chooseProfile',
    (once) =>
      chooseProfile(
        gpu,
        once({ memoryMiB: 4000, computeSlices: 1, engines: { copy: 1 } }),
        once({ layout }),
      ),
  ],
  ['checkLayout, of a legal layout,', (once) => checkLayout(gpu, once(layout))],
  [
    'checkLayout, of a layout with faults,',
    (once) =>
      checkLayout(
        gpu,
        once([...layout, instance(half, 3, 4, 4), instance(half, 3, 3, 4), instance(99, 1, 0, 1)]),
        // The faults hold the caller's own instances, which a comparison would read again.
      ).map(({ kind }) => kind),
  ],
  ['describeLayout', (once) => describeLayout(gpu, once(layout))],
  ['findCreationOrder', (once) => findCreationOrder(gpu, once(layout), once([]))],
  [
    'findCreationOrder, where there is no order,',
    (once) => findCreationOrder(gpu, once([instance(small, 1, 0, 1)])),
  ],
  ['partitionOf', (once) => partitionOf(once(layout))],
  ['isSamePartition', (once) => isSamePartition(once(two), once(split))],
  ['describePartition', (once) => describePartition(once(two), gpu)],
  ['placePartition', (once) => placePartition(once({ gpu, partition: two }))],
  [
    'placePartition, for devices that do not fit,',
    (once) => placePartition({ gpu, partition: once(tooMany), keep: once(layout) }),
  ],
  [
    'placePartition as the driver places',
    (once) => placePartition({ gpu, partition: once(two), prefer: 'driver' }),
  ],
  [
    'placePartition for a demand',
    (once) => placePartition({ gpu, partition: once(two), prefer: once({ demand }) }),
  ],
  [
    'placePartition with pinned instances',
    (once) => placePartition({ gpu, partition: once([...two, ...tooMany]), pinned: once(bare) }),
  ],
  [
    'repartition',
    (once) => repartition(once({ gpu, current: layout, pinned: bare, wanted: tooMany })),
  ],
  [
    'explainInfeasible',
    (once) => explainInfeasible(gpu, once(tooMany), once({ current: layout, pinned: layout })),
  ],
])('%s reads each value of its input once', (_name, ask) => {
  const plain = ask((value) => value)
  expect(ask(readableOnce)).toEqual(plain)
})

describe('the instances that placePartition keeps', () => {
  test('are in the answer as they are, in ascending order of placement', () => {
    const answer = placePartition({ gpu, partition: two, keep: layout })
    if (answer.kind !== 'layout') throw new Error('no layout')
    for (const kept of layout) expect(answer.layout).toContain(kept)
    const starts = answer.layout.map(({ placement }) => placement.start)
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  })

  test('are read once by placePartition', () => {
    let reads = 0
    const counted: PlacedGpuInstance = {
      ...instance(half, 3, 4, 4),
      get placement() {
        reads += 1
        return reads > 1 ? { start: 0, size: 4 } : { start: 4, size: 4 }
      },
    }
    const answer = placePartition({ gpu, partition: tooMany.slice(0, 0), keep: [counted] })
    expect(answer).toMatchObject({ kind: 'layout', added: [] })
    expect(reads).toBe(1)
  })
})

test('the tables of a geometry are those of what it said at first', () => {
  const named = gpu.profiles.map((profile) => ({ ...profile, name: `${profile.name}+once` }))
  expect(compileGeometry(readableOnce({ profiles: named })).profiles).toHaveLength(named.length)
})
