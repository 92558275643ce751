import { describe, expect, test } from 'vitest'
import { compileGeometry, requireResiduals, stateOf } from '../../../lib/solver/tables/tables.js'
import { compileGeometry as compilePublic, listLayouts } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { geometryOf, withProfiles } from '../../support/geometry.js'
import { distinctEntries, searchNaively } from '../../support/naive-search.js'

const a100 = geometryOf('a100-40gb')
const a30 = geometryOf('a30-24gb')
const core = withProfiles(a100, ({ name }) => !/\+me|^1g\.10gb$/.test(name))
const doubleMemory = withProfiles(a100, ({ name }) => !name.includes('+me'))
const plainA30 = withProfiles(a30, ({ name }) => !name.includes('+me'))

function withoutEngines(geometry: Geometry): Geometry {
  const engines = { copy: 0, decoder: 0, encoder: 0, jpeg: 0, ofa: 0 }
  return { profiles: geometry.profiles.map((profile) => ({ ...profile, engines })) }
}

// Figures of a published enumeration that does not know engines: with those of a real A30, its two
// +me profiles cannot be there together (one JPEG and one optical flow engine), so 76 layouts remain
// of 84, 20 partitions of 22 and 8 undominated ones of 9. On the 8-unit GPUs engines never bind.
// Patterns: the undominated partitions of each class, the one of a GPU that is full not counted.
describe.each([
  [
    'A30',
    plainA30,
    { layouts: 26, partitions: 10, undominated: 4, masks: 16, classes: 6, patterns: 10 },
  ],
  [
    'A30 with +me, engines aside',
    withoutEngines(a30),
    { layouts: 84, partitions: 22, undominated: 9, masks: 16 },
  ],
  ['A30 with +me', a30, { layouts: 76, partitions: 20, undominated: 8, masks: 16 }],
  [
    '8 units',
    core,
    { layouts: 298, partitions: 38, undominated: 12, masks: 144, classes: 21, patterns: 72 },
  ],
  [
    'and 1g of twice the memory',
    doubleMemory,
    { layouts: 723, partitions: 78, undominated: 28, masks: 192, classes: 27, patterns: 175 },
  ],
  ['and 1g+me', a100, { layouts: 2319, partitions: 128, undominated: 44, masks: 192 }],
] as const)('%s', (_name, geometry, figures) => {
  test('the tables have the counts of the published study', () => {
    const tables = compileGeometry(geometry)
    const { classes, partitions } = requireResiduals(tables)
    const all = {
      layouts: [...listLayouts(geometry)].length,
      partitions: partitions.counts.length,
      undominated: classes[0]?.undominated.length,
      masks: new Set(tables.states.masks).size,
      classes: classes.length,
      patterns: classes
        .flatMap(({ undominated }) => undominated)
        .filter((partition) => partition > 0).length,
    }
    expect(all).toMatchObject(figures)
  })
})

// No start rule is always right: most layouts have a better one with the same instances, and for
// some partitions which is best depends on what comes.
test.each([
  ['8 units', core, 0.62, 5],
  ['and 1g of twice the memory', doubleMemory, 0.61, 9],
] as const)('dominance, %s', (_name, geometry, share, undecided) => {
  const tables = compileGeometry(geometry)
  const { partitions, classOf, bestStates } = requireResiduals(tables)
  const layouts = [...listLayouts(geometry)]
  const dominated = layouts.filter((layout) => {
    const counts = tables.profiles.map(
      ({ profile }) => layout.filter(({ profileId }) => profileId === profile.id).length,
    )
    return !bestStates(partitions.find(counts)).includes(stateOf(tables, layout))
  })
  expect(dominated.length / layouts.length).toBeCloseTo(share, 2)
  const several = partitions.counts.filter((_counts, partition) => {
    const best = new Set(bestStates(partition).map((state) => classOf[state]))
    return best.size > 1
  })
  expect(several).toHaveLength(undecided)
})

describe.each([
  ...distinctEntries(),
  ['a30-24gb, no more than two 1g.6gb', searchNaively(atMost(plainA30, '1g.6gb', 2))] as const,
  ['a GPU of ten units', searchNaively(tenUnits())] as const,
])('%s', (_key, { geometry, sets, addable }) => {
  const tables = compileGeometry(geometry)
  const residuals = requireResiduals(tables)

  test('two states are in one class exactly if they can take the same partitions', () => {
    const byClass = new Map<number, string>()
    for (const { layout, number } of sets) {
      const expected = [...(addable[number] ?? [])].sort().join(' ')
      const found = residuals.classOf[stateOf(tables, layout)] ?? -1
      const taken = (residuals.classes[found]?.partitions ?? [])
        .map((partition) => residuals.partitions.counts[partition]?.join() ?? '')
        .sort()
        .join(' ')
      expect(taken).toBe(expected)
      expect(byClass.get(found) ?? expected).toBe(expected)
      byClass.set(found, expected)
    }
    expect(new Set(byClass.values()).size).toBe(residuals.classes.length)
  })
})

test('equal geometries share their tables, even as different objects', () => {
  const copy = structuredClone(a100)
  expect(compileGeometry(copy)).toBe(compileGeometry(a100))
  expect(compileGeometry(compilePublic(a100))).toBe(compileGeometry(a100))
  expect(compileGeometry(core)).not.toBe(compileGeometry(a100))
})

test('a geometry that is changed later does not change the tables of its equals', () => {
  const profiles = structuredClone(a30.profiles).map((profile) => ({
    ...profile,
    id: 900 + profile.id,
  }))
  const tables = compileGeometry({ profiles })
  for (const profile of profiles) profile.instanceCount = 0
  expect(tables.profiles.map(({ profile }) => profile.instanceCount)).toEqual(
    a30.profiles.map(({ instanceCount }) => instanceCount),
  )
})

function atMost(geometry: Geometry, name: string, most: number): Geometry {
  return {
    profiles: geometry.profiles.map((profile) =>
      profile.name === name ? { ...profile, instanceCount: most } : profile,
    ),
  }
}

/** No GPU that is known: ten units, instances of three at any start, and limits that cut across. */
function tenUnits(): Geometry {
  const shapes = [
    { units: 1, slices: 1, most: 4, jpeg: 1 },
    { units: 2, slices: 2, most: 5, jpeg: 0 },
    { units: 3, slices: 4, most: 3, jpeg: 2 },
    { units: 5, slices: 4, most: 2, jpeg: 3 },
  ]
  return {
    profiles: shapes.map(({ units, slices, most, jpeg }, index) => ({
      id: 40 + index,
      index,
      name: `${slices}g.${units}gb`,
      sliceCount: slices,
      instanceCount: most,
      multiprocessorCount: slices,
      engines: { copy: slices, decoder: 0, encoder: 0, jpeg, ofa: 0 },
      memoryMiB: units * 1024,
      placements: Array.from({ length: 10 - units + 1 }, (_, start) => ({ start, size: units })),
      computeInstanceProfiles: null,
    })),
  }
}
