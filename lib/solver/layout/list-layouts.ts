import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { at } from '../../model/numbers.js'
import { byPlacement } from '../../model/placement.js'
import { compileGeometry } from '../tables/compile-geometry.js'
import { exceedsGpu } from '../tables/limits.js'
import type { CompiledPlacement, CompiledProfile, Tables } from '../tables/table-types.js'
import { wholeInstance } from './build-layout.js'

/**
 * Every layout that the geometry allows, the empty one first, each GPU instance with its full compute
 * instance. Lazy: a GPU with 8 units has 2,319 of them, and a larger one may have very many.
 */
export function* listLayouts(gpu: Geometry | GeometryTables): Generator<Layout> {
  for (const { layout } of walkLayouts(compileGeometry(gpu))) yield layout
}

/** The layouts to which nothing can be added. */
export function* listMaximalLayouts(gpu: Geometry | GeometryTables): Generator<Layout> {
  const tables = compileGeometry(gpu)
  for (const { layout, mask, counts } of walkLayouts(tables)) {
    if (!tables.profiles.some((profile) => listAddable(tables, profile, counts, mask).length))
      yield layout
  }
}

/** The free places where one more instance of a profile is legal. */
function listAddable(
  tables: Tables,
  profile: CompiledProfile,
  counts: readonly number[],
  mask: number,
): readonly CompiledPlacement[] {
  const count = at(counts, profile.position)
  const more = counts.with(profile.position, count + 1)
  if (count >= profile.profile.instanceCount || exceedsGpu(tables, more)) return []
  return profile.placements.filter((place) => (mask & place.mask) === 0)
}

interface Step {
  readonly layout: Layout
  readonly mask: number
  readonly counts: readonly number[]
}

function* walkLayouts(tables: Tables): Generator<Step> {
  const places = tables.profiles.flatMap((profile) =>
    profile.placements.map((place) => ({ profile, place })),
  )
  const empty: Step = { layout: [], mask: 0, counts: tables.profiles.map(() => 0) }

  function* walkFrom(first: number, step: Step): Generator<Step> {
    yield step
    for (const [index, { profile, place }] of places.entries()) {
      if (index < first || !listAddable(tables, profile, step.counts, step.mask).includes(place))
        continue
      const count = at(step.counts, profile.position)
      yield* walkFrom(index + 1, {
        layout: [...step.layout, wholeInstance(profile, place)].sort(byPlacement),
        mask: step.mask | place.mask,
        counts: step.counts.with(profile.position, count + 1),
      })
    }
  }
  yield* walkFrom(0, empty)
}
