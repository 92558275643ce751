import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { at, sum, wordAt } from '../../model/numbers.js'
import { type CompiledPlacement, compileGeometry, stateOf, type Tables } from '../tables/tables.js'

/** How much of one resource of a GPU is used, and how much can be. The three add up to all of it. */
export interface ResourceUse {
  readonly taken: number
  /** Further GPU instances can have it. */
  readonly free: number
  /** No instance has it, and beside this layout none can have it. */
  readonly stranded: number
}

export interface GpuUse {
  readonly memoryUnits: ResourceUse
  /** Null: the GPU is too large to know. */
  readonly computeSlices: ResourceUse | null
}

/**
 * What GPU instances have of a GPU, what others can still have without moves, and what is stranded. A memory unit is
 * stranded where no profile fits any more. Compute slices have no places, so those are stranded that remain when further
 * instances take as many as they can together. Throws like `fits`.
 */
export function describeUse(gpu: Geometry | GeometryTables, layout: Layout): GpuUse {
  const tables = compileGeometry(gpu)
  const there: CompiledPlacement[] = []
  const state = stateOf(tables, layout, there)
  return {
    memoryUnits: useOf(
      tables.memoryUnits,
      sum(there.map(({ placement }) => placement.size)),
      countReachableUnits(tables, state),
    ),
    computeSlices: describeCompute(tables, state, there),
  }
}

function describeCompute(
  tables: Tables,
  state: number,
  there: readonly CompiledPlacement[],
): ResourceUse | null {
  const { profiles, residuals, computeSlices } = tables
  if (residuals === null) return null
  const slicesOf = profiles.map(({ profile }) => profile.sliceCount)
  const taken = sum(there.map(({ profilePosition }) => at(slicesOf, profilePosition)))
  const { undominated } = at(residuals.classes, wordAt(residuals.classOf, state))
  const addable = undominated.map((partition) =>
    sum(
      at(residuals.partitions.counts, partition).map(
        (count, position) => count * at(slicesOf, position),
      ),
    ),
  )
  return useOf(computeSlices, taken, Math.max(0, ...addable))
}

function countReachableUnits({ places, states }: Tables, state: number): number {
  const next = states.nextOf(state)
  const reachable = new Set<number>()
  for (const { number, placement } of places) {
    if (wordAt(next, number) < 0) continue
    for (let unit = 0; unit < placement.size; unit += 1) reachable.add(placement.start + unit)
  }
  return reachable.size
}

function useOf(all: number, taken: number, free: number): ResourceUse {
  return { taken, free, stranded: all - taken - free }
}
