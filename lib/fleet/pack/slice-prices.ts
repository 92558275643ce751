import type { Figure } from '../model/objective.js'
import type { ClassProgram, PatternColumn } from './class-program.js'
import type { NearPrices } from './near-prices.js'

/** How many prices of a slice are tried. */
const mostParts = 8

/**
 * Prices that follow from slices alone, without a solver: every instance costs its memory units or its compute
 * slices, at a few prices of one unit. They prove what no packing can hold for lack of slices.
 */
export function listSlicePrices(program: ClassProgram, figure: Figure): readonly NearPrices[] {
  const { demands, profilesOf, poolProfiles, patterns } = program
  if (figure === 'cost') return []
  const meanValue =
    demands.reduce((sum, { value, count }) => sum + value * count, 0) /
    Math.max(
      1,
      demands.reduce((sum, { count }) => sum + count, 0),
    )
  const list: NearPrices[] = []
  const tables = new Map(patterns.map(({ group }) => [group.pool, group.model.tables]))
  for (const measure of [unitsOf, slicesOf]) {
    const sizes = poolProfiles.map(({ pool, position }) => {
      const model = tables.get(pool)
      return model === undefined ? 0 : measure(model, position)
    })
    const most = Math.max(1, ...patterns.map(({ holds }) => sizeOf(holds, sizes)))
    if (figure === 'gpus') {
      const ofProfile = sizes.map((size) => size / most)
      let unplaced = 0
      for (const [index, { value }] of demands.entries())
        for (const profile of profilesOf[index] ?? [])
          unplaced = Math.max(unplaced, (ofProfile[profile] ?? 0) / value)
      // What may be left out pays for the dearest requests, so it is worth less where much may.
      for (let part = 1; part <= mostParts; part += 1)
        list.push({ ofProfile, unplaced: unplaced / part, opened: 1 })
      continue
    }
    for (let part = 1; part <= mostParts; part += 1) {
      const ofProfile = sizes.map((size) => (size * meanValue) / part)
      list.push({ ofProfile, unplaced: 1, opened: 0 })
    }
  }
  return list
}

type Tables = PatternColumn['group']['model']['tables']

function unitsOf({ profiles, memoryUnits }: Tables, position: number): number {
  return profiles[position]?.unitCount ?? memoryUnits
}

function slicesOf({ profiles }: Tables, position: number): number {
  return (
    profiles[position]?.profile.sliceCount ??
    Math.max(...profiles.map(({ profile }) => profile.sliceCount))
  )
}

function sizeOf(holds: PatternColumn['holds'], sizes: readonly number[]): number {
  return holds.reduce((sum, { profile, count }) => sum + count * (sizes[profile] ?? 0), 0)
}
