import { expect, test } from 'vitest'
import {
  chooseProfile,
  compileGeometry,
  describeLayout,
  describePartition,
  explainInfeasible,
  fits,
  placePartition,
  repartition,
} from '../../../lib/solver.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'

const gpu = geometryOf('a100-40gb')
const small = profileIdOf(gpu, '1g.5gb')
const wild = (value: unknown): never => value as never
const want = (sliceCount: unknown, count: unknown): never =>
  wild([{ profileId: small, sliceCount, count }])
const weigh = (weight: unknown): never => wild({ demand: [{ profileId: small, weight }] })
const sparse: unknown[] = []
sparse[1] = { profileId: small, sliceCount: 1, count: 1 }

test.each<[string, () => unknown]>([
  ['repartition of nothing', () => repartition(wild(undefined))],
  ['placePartition of nothing', () => placePartition(wild(undefined))],
  ['an unknown preference', () => placePartition({ gpu, partition: [], prefer: wild('foo') })],
  ['a preference of null', () => placePartition({ gpu, partition: [], prefer: wild(null) })],
  ['no demand', () => placePartition({ gpu, partition: [], prefer: wild({}) })],
  [
    'a demand with a hole',
    () => placePartition({ gpu, partition: [], prefer: wild({ demand: [null] }) }),
  ],
  ['a BigInt weight', () => placePartition({ gpu, partition: [], prefer: weigh(1n) })],
  ['BigInt slices', () => repartition({ gpu, wanted: want(1n, 1) })],
  ['BigInt slices, explained', () => explainInfeasible(gpu, want(1n, 1))],
  ['a BigInt count', () => fits(gpu, [], want(1, 1n))],
  ['slices as text', () => repartition({ gpu, wanted: want('1', 1) })],
  ['describePartition of nothing', () => describePartition(wild(undefined), gpu)],
  ['describePartition of a hole', () => describePartition(wild(sparse), gpu)],
  [
    'a BigInt place',
    () => {
      const placement = { start: 0n, size: 1 }
      return describeLayout(gpu, wild([{ profileId: small, placement, computeInstances: [] }]))
    },
  ],
])('%s is MIG_SOLVER_INPUT', (_name, ask) => {
  expect(ask).toThrow(expect.objectContaining({ code: 'MIG_SOLVER_INPUT' }))
})

test.each<[string, unknown]>([
  ['a hole', new Array(2)],
  ['undefined', [undefined]],
  ['a number', [1]],
])('a geometry with %s for a profile is MIG_GEOMETRY_UNKNOWN', (_name, profiles) => {
  for (const ask of [compileGeometry, (each: never) => fits(each, [], [])])
    expect(() => ask(wild({ profiles }))).toThrow(
      expect.objectContaining({ code: 'MIG_GEOMETRY_UNKNOWN' }),
    )
})

test('a geometry that changes while it is read is known as what it was at first', () => {
  // A content that no other test has compiled.
  const named = gpu.profiles.map((profile) => ({ ...profile, name: `${profile.name}+test` }))
  let reads = 0
  const lying = named.map((profile) => ({
    ...profile,
    get placements() {
      reads += 1
      return reads > named.length ? [{ start: 0, size: 1 }] : profile.placements
    },
  }))
  const whole = [{ profileId: profileIdOf(gpu, '7g.40gb'), sliceCount: 7, count: 1 }]
  expect(fits({ profiles: lying }, [], whole)).toMatchObject({ fits: true })
  expect(fits({ profiles: named }, [], [...whole, ...whole])).toMatchObject({ fits: false })
})

test.each([0.5, -1, 1e15])(
  'a geometry with %d MiB of memory is MIG_GEOMETRY_UNKNOWN',
  (memoryMiB) => {
    const profiles = gpu.profiles.map((profile) => ({ ...profile, memoryMiB }))
    expect(() => compileGeometry({ profiles })).toThrow(
      expect.objectContaining({ code: 'MIG_GEOMETRY_UNKNOWN' }),
    )
  },
)

test('the error for a wrong geometry names the profile and the path to the wrong value', () => {
  const profiles = gpu.profiles.map((profile) => ({
    ...profile,
    computeInstanceProfiles: [{ sliceCount: 65, instanceCount: 1 }],
  }))
  expect(() => compileGeometry(wild({ profiles }))).toThrow(
    `profile ${gpu.profiles[0]?.name}: computeInstanceProfiles[0].sliceCount is 65, not a whole number from 1 to 64`,
  )
})

test.each<[string, () => unknown]>([
  ['chooseProfile', () => chooseProfile(gpu, {}, wild({ layot: [] }))],
  ['explainInfeasible', () => explainInfeasible(gpu, [], wild({ pined: [] }))],
])('a misspelt option of %s is a TypeError', (name, ask) => {
  expect(ask).toThrow(TypeError)
  expect(ask).toThrow(new RegExp(`^${name} has no option \\w+: did you mean (layout|pinned)\\?$`))
})
