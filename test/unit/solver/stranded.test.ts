import { expect, test } from 'vitest'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import { describeUse } from '../../../lib/solver/placing/stranded.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { allSpotSets, isLegalSet } from '../../support/brute-force.js'
import { seeded } from '../../support/random.js'

type SpotSet = ReturnType<typeof allSpotSets>[number]

function geometryOf(model: string): Geometry {
  const entry = findCatalogModel(model)
  const geometry = entry === null ? null : catalogGeometry(entry)
  if (geometry === null) throw new Error(`no ${model}`)
  return geometry
}

const slicesOf = (spots: SpotSet): number =>
  spots.reduce((total, { profile }) => total + profile.sliceCount, 0)
const unitsOf = (spots: SpotSet): readonly number[] =>
  spots.flatMap(({ placement: { start, size } }) =>
    Array.from({ length: size }, (_, unit) => start + unit),
  )

/** By trying every set of further instances. */
function naiveUse(geometry: Geometry, spots: SpotSet, all: { units: number; slices: number }) {
  const further = allSpotSets(geometry).filter((more) => isLegalSet(geometry, [...spots, ...more]))
  const units = unitsOf(spots).length
  const freeUnits = new Set(further.flatMap(unitsOf)).size
  const slices = slicesOf(spots)
  const freeSlices = Math.max(...further.map(slicesOf))
  return {
    memoryUnits: { taken: units, free: freeUnits, stranded: all.units - units - freeUnits },
    computeSlices: { taken: slices, free: freeSlices, stranded: all.slices - slices - freeSlices },
  }
}

// Memory units and compute slices are those of the MIG User Guide.
test.each([
  ['A30', 4, 4],
  ['A100-SXM4-40GB', 8, 7],
  ['H100-80GB-SXM', 8, 7],
])(
  'what is taken, free and stranded on %s is what trying every set of instances finds',
  (model, units, slices) => {
    const geometry = geometryOf(model)
    const sets = allSpotSets(geometry)
    const draw = seeded(11)
    const chosen =
      sets.length <= 60 ? sets : Array.from({ length: 60 }, () => sets[draw(sets.length)] ?? [])
    for (const spots of chosen) {
      const layout = spots.map(({ profile, placement }) => ({
        profileId: profile.id,
        placement,
        computeInstances: [],
      }))
      expect(describeUse(geometry, layout)).toEqual(naiveUse(geometry, spots, { units, slices }))
    }
  },
)
