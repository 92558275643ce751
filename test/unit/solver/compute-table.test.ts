import { expect, test } from 'vitest'
import { listFillings } from '../../../lib/solver/compute/compute-packing.js'
import { assumedComputeSizes } from '../../../lib/solver/tables/compute-table.js'
import type { ComputeTable } from '../../../lib/solver/tables/tables.js'
import { placeableEntries } from '../../support/geometry.js'

const tables = placeableEntries.flatMap(({ key, geometry }) =>
  geometry.profiles.map((profile) => ({ key, profile, name: `${profile.name} of ${key}` })),
)

test.each(tables)('the assumed table has the published sizes of $name', ({ profile }) => {
  const published = new Map(
    (profile.computeInstanceProfiles ?? []).map(({ sliceCount, instanceCount }) => [
      sliceCount,
      instanceCount,
    ]),
  )
  const assumed = new Map(
    assumedComputeSizes(profile.sliceCount).map(({ sliceCount, maximum }) => [sliceCount, maximum]),
  )
  expect(assumed).toEqual(published)
})

test.each(tables)('what fits by the assumed table fits a $name by its own', ({ profile }) => {
  const { sliceCount } = profile
  const sizes = assumedComputeSizes(sliceCount)
  const table: ComputeTable = {
    sizes,
    sliceCount,
    whole: null,
    assumed: true,
    takesPlacements: true,
  }
  const published = profile.computeInstanceProfiles ?? []
  for (const { cells } of listFillings(
    table,
    sizes.map(() => 7),
  )) {
    const taken = new Set<number>()
    for (const { size, placement } of cells) {
      const entry = published
        .filter((each) => each.sliceCount === sizes[size]?.sliceCount)
        .flatMap(({ placements }) => placements)
        .find(({ start }) => start === placement.start)
      expect(entry).toBeDefined()
      for (let unit = 0; unit < (entry?.size ?? 0); unit += 1) {
        expect(taken.has(placement.start + unit)).toBe(false)
        taken.add(placement.start + unit)
      }
    }
  }
})
