import { describe, expect, test } from 'vitest'
import {
  checkLayout,
  chooseProfile,
  compileGeometry,
  describeLayout,
  explainInfeasible,
  findCreationOrder,
  fits,
  isSamePartition,
  listLayouts,
  maxAdditional,
  partitionOf,
  placePartition,
  possiblePartitions,
  remaining,
  repartition,
} from '../../../lib/solver.js'
import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { Layout, Partition } from '../../../types/solver/layout.js'
import { place, want } from '../../support/devices.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')
const small = profileIdOf(a100, '1g.5gb')

/** Values that only a program without types can pass. */
const wild = (value: unknown): never => value as never

/** Every question, asked of one GPU, layout and partition. */
const questions: Readonly<
  Record<string, (gpu: Geometry, layout: Layout, wanted: Partition) => unknown>
> = {
  fits,
  placePartition: (gpu, keep, partition) => placePartition({ gpu, keep, partition }),
  'placePartition, pinned': (gpu, pinned, partition) => placePartition({ gpu, pinned, partition }),
  repartition: (gpu, current, wanted) => repartition({ gpu, current, wanted }),
  'repartition, live': (gpu, current, wanted) => repartition({ gpu, current, wanted, live: true }),
  explainInfeasible: (gpu, current, wanted) => explainInfeasible(gpu, wanted, { current }),
}

const questionsOfLayouts: typeof questions = {
  ...questions,
  maxAdditional: (gpu, layout) => maxAdditional(gpu, layout, small),
  remaining,
  chooseProfile: (gpu, layout) => chooseProfile(gpu, {}, { layout }),
  findCreationOrder: (gpu, layout) => findCreationOrder(gpu, layout),
  checkLayout,
  describeLayout,
  partitionOf: (_gpu, layout) => partitionOf(layout),
}

const questionsOfGpus: typeof questions = {
  ...questionsOfLayouts,
  compileGeometry,
  possiblePartitions: (gpu) => possiblePartitions(gpu),
  listLayouts: (gpu) => [...listLayouts(gpu)],
}

function codeOf(ask: () => unknown): unknown {
  try {
    ask()
    return 'an answer'
  } catch (error) {
    return (error as { code?: unknown }).code ?? error
  }
}

const profile: GpuInstanceProfile = { ...(a100.profiles[0] as GpuInstanceProfile) }

describe('a value that is no geometry is refused', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a text', 'A100'],
    ['an object', {}],
    ['no placements', { profiles: [{ ...profile, placements: null }] }],
    ['no engines', { profiles: [{ ...profile, engines: null }] }],
    ['no compute slices', { profiles: [{ ...profile, sliceCount: 0 }] }],
    ['slices that are no number', { profiles: [{ ...profile, sliceCount: Number.NaN }] }],
    ['slices without end', { profiles: [{ ...profile, sliceCount: 1e9 }] }],
    ['fewer instances than none', { profiles: [{ ...profile, instanceCount: -1 }] }],
    ['half an engine', { profiles: [{ ...profile, engines: { ...profile.engines, jpeg: 0.5 } }] }],
    ['two profiles with one id', { profiles: [profile, profile] }],
  ])('%s', (_name, gpu) => {
    for (const [name, ask] of Object.entries(questionsOfGpus)) {
      if (name === 'partitionOf') continue
      expect([name, codeOf(() => ask(wild(gpu), [], []))]).toEqual([name, 'MIG_GEOMETRY_UNKNOWN'])
    }
  })
})

describe('a value that is no layout is refused', () => {
  test.each<[string, unknown]>([
    ['an object', {}],
    ['a hole', [null]],
    ['an instance without a place', [{ profileId: small, computeInstances: [] }]],
    ['an instance without a list', [{ profileId: small, placement: { start: 0, size: 1 } }]],
  ])('%s', (_name, layout) => {
    for (const [name, ask] of Object.entries(questionsOfLayouts)) {
      expect([name, codeOf(() => ask(a100, wild(layout), []))]).toEqual([name, 'MIG_SOLVER_INPUT'])
    }
  })

  test('describeLayout refuses impossible placements, however far off', () => {
    for (const start of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const layout = [{ profileId: small, placement: { start, size: 1 }, computeInstances: [] }]
      expect(codeOf(() => describeLayout(a100, layout))).toBe('MIG_SOLVER_INPUT')
    }
    const far = { profileId: small, placement: { start: 1e9, size: 1 }, computeInstances: [] }
    expect(describeLayout(a100, [far]).memory).toHaveLength(9)
  })
})

describe('a value that is no partition is refused', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['an object', {}],
    ['a hole', [null]],
    ...[-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '2', undefined].map(
      (count): [string, unknown] => [
        `${count} devices`,
        [{ profileId: small, sliceCount: 1, count }],
      ],
    ),
  ])('%s', (_name, wanted) => {
    const asked = {
      ...questions,
      isSamePartition: (_: unknown, __: unknown, a: Partition) => isSamePartition(a, a),
    }
    for (const [name, ask] of Object.entries(asked)) {
      expect([name, codeOf(() => ask(a100, [], wild(wanted)))]).toEqual([name, 'MIG_SOLVER_INPUT'])
    }
  })
})

test('explainInfeasible refuses a number of answers that is not whole', () => {
  const options = { answers: Number.NaN }
  expect(codeOf(() => explainInfeasible(a100, want(a100, { '7g.40gb': 2 }), options))).toBe(
    'MIG_SOLVER_INPUT',
  )
})

test('a refusal neither changes nor freezes its input', () => {
  const pinned = [place(a100, '1g.5gb', 1)]
  const wanted = want(a100, { '4g.20gb': 1, '1g.5gb': 1 })
  const before = structuredClone([pinned, wanted])
  const current = pinned.map((each) => ({ ...each, pinned: true }))
  expect(repartition({ gpu: a100, current, wanted }).kind).toBe('infeasible')
  expect(explainInfeasible(a100, wanted, { pinned })?.conflict.pinned).toHaveLength(1)
  expect([pinned, wanted]).toEqual(before)
  for (const each of [...current, ...pinned, ...wanted]) expect(Object.isFrozen(each)).toBe(false)
})
