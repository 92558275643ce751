import { MigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { requireResiduals, type Tables } from '../../solver/tables/tables.js'

/**
 * Every layout of a GPU, by number; 0 is the empty GPU. A layout says more than a state: it also says which
 * instances can leave. The numbers follow a depth-first walk that adds places in ascending order.
 */
export interface LayoutTable {
  readonly tables: Tables
  readonly count: number
  readonly placeCount: number
  /** At `layout * placeCount + place`: the layout with one more instance there; -1: it is not legal. */
  readonly next: Int32Array
  /** At `layout * placeCount + place`: the layout without the instance there; -1: there is none. */
  readonly previous: Int32Array
  /** By layout. */
  readonly states: Int32Array
  readonly freeUnits: Int32Array
  /** By layout: number of its partition in `tables.residuals.partitions`. */
  readonly partitions: Int32Array
}

/** Six times the number of layouts of the known GPU with the most layouts. */
const mostLayouts = 2 ** 14

const known = new WeakMap<Tables, LayoutTable>()

export function layoutTableOf(tables: Tables): LayoutTable {
  return cached(known, tables, listLayouts)
}

function listLayouts(tables: Tables): LayoutTable {
  const { places, profiles, memoryUnits, states } = tables
  const { partitions } = requireResiduals(tables)
  const numbers = new Map<string, number>([['', 0]])
  const layouts: (readonly number[])[] = []
  const stateOf: number[] = []
  const visit = (layout: readonly number[], state: number, from: number): void => {
    if (layouts.length === mostLayouts) {
      throw new MigError(
        'MIG_SOLVER_LIMIT',
        `A GPU with ${places.length} placements has too many layouts to list.`,
      )
    }
    numbers.set(layout.join(), layouts.length)
    layouts.push(layout)
    stateOf.push(state)
    const next = states.nextOf(state)
    for (let place = from; place < places.length; place += 1) {
      const after = next[place] ?? -1
      if (after >= 0) visit([...layout, place], after, place + 1)
    }
  }
  visit([], 0, 0)

  const placeCount = places.length
  const next = new Int32Array(layouts.length * placeCount).fill(-1)
  const previous = new Int32Array(layouts.length * placeCount).fill(-1)
  for (const [number, layout] of layouts.entries()) {
    for (const place of layout) {
      const before = numbers.get(layout.filter((other) => other !== place).join()) ?? 0
      previous[number * placeCount + place] = before
      next[before * placeCount + place] = number
    }
  }
  const sizeOf = places.map(({ placement }) => placement.size)
  const used = (layout: readonly number[]): number =>
    layout.reduce((sum, place) => sum + (sizeOf[place] ?? 0), 0)
  const countsOf = (layout: readonly number[]): readonly number[] => {
    const counts = profiles.map(() => 0)
    for (const place of layout) {
      const position = places[place]?.profilePosition ?? 0
      counts[position] = (counts[position] ?? 0) + 1
    }
    return counts
  }
  return {
    tables,
    count: layouts.length,
    placeCount,
    next,
    previous,
    states: Int32Array.from(stateOf),
    freeUnits: Int32Array.from(layouts, (layout) => memoryUnits - used(layout)),
    partitions: Int32Array.from(layouts, (layout) => partitions.find(countsOf(layout))),
  }
}
