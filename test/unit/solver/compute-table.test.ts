import { expect, test } from 'vitest'
import { assumedComputeSizes } from '../../../lib/solver/compute/compute-table.js'
import { placeableEntries } from '../../support/geometry.js'

const tables = placeableEntries.flatMap(({ key, geometry }) =>
  geometry.profiles.map((profile) => ({ key, profile, name: `${profile.name} of ${key}` })),
)

test.each(tables)('the assumed table is the published one for $name', ({ profile }) => {
  const published = new Map(
    (profile.computeInstanceProfiles ?? []).map(({ sliceCount, instanceCount, placements }) => [
      sliceCount,
      { maximum: instanceCount, placements },
    ]),
  )
  const assumed = new Map(
    assumedComputeSizes(profile.sliceCount).map(({ sliceCount, maximum, placements }) => [
      sliceCount,
      { maximum, placements },
    ]),
  )
  expect(assumed).toEqual(published)
})
