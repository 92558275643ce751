import { MigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { at, numberAt } from '../../model/numbers.js'
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
  const { places, profiles, memoryUnits } = tables
  const { partitions } = requireResiduals(tables)
  const walk = walkLayouts(tables)
  const { parents, lasts } = walk
  const freeUnits = new Int32Array(parents.length).fill(memoryUnits)
  const partitionOf = new Int32Array(parents.length)
  for (let number = 1; number < parents.length; number += 1) {
    const parent = at(parents, number)
    const { placement, profilePosition } = at(places, at(lasts, number))
    freeUnits[number] = numberAt(freeUnits, parent) - placement.size
    const before = numberAt(partitionOf, parent) * profiles.length
    partitionOf[number] = numberAt(partitions.withOneMore, before + profilePosition)
  }
  return {
    tables,
    count: parents.length,
    placeCount: places.length,
    ...linkLayouts(tables, walk),
    states: Int32Array.from(walk.states),
    freeUnits,
    partitions: partitionOf,
  }
}

/** By layout. */
interface Walk {
  /** The layout without its last place. */
  readonly parents: number[]
  readonly lasts: number[]
  readonly states: number[]
}

function walkLayouts({ places, profiles, states }: Tables): Walk {
  const { starts, places: legal, reached } = states.successors()
  const walk: Walk = { parents: [], lasts: [], states: [] }
  const visit = (parent: number, last: number, state: number): void => {
    const number = walk.parents.length
    if (number === mostLayouts) {
      throw new MigError(
        'MIG_SOLVER_LIMIT',
        `A GPU with ${places.length} placements has too many layouts to list.`,
      )
    }
    walk.parents.push(parent)
    walk.lasts.push(last)
    walk.states.push(state)
    const end = starts[(state + 1) * profiles.length] ?? 0
    for (let entry = starts[state * profiles.length] ?? 0; entry < end; entry += 1) {
      const place = legal[entry] ?? 0
      if (place > last) visit(number, place, reached[entry] ?? 0)
    }
  }
  visit(-1, -1, 0)
  return walk
}

function linkLayouts(
  { places, profiles, states }: Tables,
  { parents, lasts, states: stateOf }: Walk,
): Pick<LayoutTable, 'next' | 'previous'> {
  const placeCount = places.length
  const next = new Int32Array(parents.length * placeCount).fill(-1)
  const previous = new Int32Array(parents.length * placeCount).fill(-1)
  for (let number = 1; number < parents.length; number += 1) {
    next[(parents[number] ?? 0) * placeCount + (lasts[number] ?? 0)] = number
  }
  const { starts, places: legal } = states.successors()
  const link = (number: number): void => {
    const last = lasts[number] ?? 0
    const first = (stateOf[number] ?? 0) * profiles.length
    const end = starts[first + profiles.length] ?? 0
    for (let entry = starts[first] ?? 0; entry < end; entry += 1) {
      const place = legal[entry] ?? 0
      const own = number * placeCount + place
      if (place < last) {
        // Both were listed before: without the last place, and with it as the last one.
        const beside = next[(parents[number] ?? 0) * placeCount + place] ?? 0
        next[own] = next[beside * placeCount + last] ?? -1
      }
      previous[(next[own] ?? 0) * placeCount + place] = number
    }
  }
  for (let number = 0; number < parents.length; number += 1) link(number)
  return { next, previous }
}
