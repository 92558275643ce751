import { describe, expect, test } from 'vitest'
import { countRoom } from '../../../lib/solver/tables/room.js'
import { compileGeometry } from '../../../lib/solver/tables/tables.js'
import { listLayouts } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout } from '../../../types/solver/layout.js'
import { countAddable } from '../../support/brute-force.js'
import { geometryOf } from '../../support/geometry.js'

function roomOf(geometry: Geometry, layout: Layout): number {
  const compiled = compileGeometry(geometry)
  const counts = compiled.profiles.map(() => 0)
  let mask = 0
  for (const { profileId, placement } of layout) {
    const profile = compiled.profileById.get(profileId)
    const place = profile?.placements.find((each) => each.placement.start === placement.start)
    if (profile === undefined || place === undefined) throw new Error('not of this geometry')
    counts[profile.position] = (counts[profile.position] ?? 0) + 1
    mask |= place.mask
  }
  return countRoom(compiled, counts, mask)
}

function atMostTwoSmall(geometry: Geometry): Geometry {
  return {
    profiles: geometry.profiles.map((profile) =>
      profile.name === '1g.6gb' ? { ...profile, instanceCount: 2 } : profile,
    ),
  }
}

// Every how many layouts: brute force takes its time.
describe.each<[string, Geometry, number]>([
  ['a30-24gb', geometryOf('a30-24gb'), 1],
  ['rtx-pro-4500-blackwell', geometryOf('rtx-pro-4500-blackwell'), 1],
  ['rtx-pro-6000-blackwell', geometryOf('rtx-pro-6000-blackwell'), 12],
  ['a100-40gb', geometryOf('a100-40gb'), 60],
  ['a30-24gb, no more than two 1g.6gb', atMostTwoSmall(geometryOf('a30-24gb')), 1],
])('the room beside layouts of %s', (_key, geometry, step) => {
  test('room is the number of partitions that can be added', () => {
    for (const [index, layout] of [...listLayouts(geometry)].entries()) {
      if (index % step !== 0) continue
      expect(roomOf(geometry, layout)).toBe(countAddable(geometry, layout))
    }
  })
})
