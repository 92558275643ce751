import type { ResidualTable } from '../../solver/tables/tables.js'
import type { LayoutType, MoveCell, MoveView } from './grouped-fleet.js'
import type { MoveItem } from './move-gpu.js'

/** What can be cleared from GPUs of one cell: those that give as much room for as much are one. */
export interface Eviction {
  readonly cell: MoveCell
  /** GPUs that it can be done on, with the items that go. */
  readonly ways: readonly EvictionWay[]
  /** Class of the GPU without them. */
  readonly classAfter: number
  /** Kinds of what goes, ascending. */
  readonly kinds: readonly number[]
  readonly cost: number
}

export interface EvictionWay {
  readonly type: LayoutType
  readonly items: readonly MoveItem[]
}

/** Class of a GPU that keeps only these. */
export function classWith(cell: MoveCell, items: readonly MoveItem[]): number {
  const { model, residuals } = cell.site
  let state = 0
  for (const { place } of items) {
    state = model.tables.states.nextOf(state)[place.number] ?? -1
    if (state < 0) throw new Error('a part of a legal layout is legal')
  }
  return residuals.classOf[state] ?? 0
}

export interface TypeEviction extends Pick<Eviction, 'classAfter' | 'kinds' | 'cost'> {
  readonly items: readonly MoveItem[]
}

/** Every set of items that costs no more and may go from one GPU of this type. */
export function listEvictions(
  { cell, items }: LayoutType,
  mostCost: number,
  mostMoves: number,
  /** Which classes of the GPU without them will do. Default: all. */
  isWanted?: (classAfter: number) => boolean,
): readonly TypeEviction[] {
  const classAfter = readClasses(cell, items)
  const movable: number[] = []
  for (const [index, { cost }] of items.entries()) if (cost >= 0) movable.push(index)
  const sets = 2 ** movable.length
  // Of each set: as bits of `items`, its cost and its size, from the set without its lowest member.
  const bits = new Int32Array(sets)
  const costs = new Float64Array(sets)
  const sizes = new Int32Array(sets)
  const found: TypeEviction[] = []
  for (let set = 1; set < sets; set += 1) {
    const rest = set & (set - 1)
    const index = movable[31 - Math.clz32(set ^ rest)] as number
    const cost = (costs[rest] as number) + (items[index] as MoveItem).cost
    const size = (sizes[rest] as number) + 1
    const going = (bits[rest] as number) | (1 << index)
    costs[set] = cost
    sizes[set] = size
    bits[set] = going
    if (size > mostMoves || cost > mostCost) continue
    let after = classAfter[going] as number
    if (after < 0) {
      after = classWith(
        cell,
        items.filter((_item, at) => ((going >>> at) & 1) === 0),
      )
      classAfter[going] = after
    }
    if (isWanted !== undefined && !isWanted(after)) continue
    const gone = items.filter((_item, at) => ((going >>> at) & 1) === 1)
    found.push({
      items: gone,
      classAfter: after,
      kinds: gone.map(({ kind }) => kind).sort((a, b) => a - b),
      cost,
    })
  }
  return found
}

const known = new WeakMap<ResidualTable, Map<string, Int32Array>>()

/** By which of the items go, as bits: the class of the GPU without them; -1: not known yet. */
function readClasses({ site: { residuals } }: MoveCell, items: readonly MoveItem[]): Int32Array {
  let ofTable = known.get(residuals)
  if (ofTable === undefined) {
    ofTable = new Map()
    known.set(residuals, ofTable)
  }
  let key = ''
  for (const { place } of items) key += `${place.number},`
  let classes = ofTable.get(key)
  if (classes === undefined) {
    classes = new Int32Array(2 ** items.length).fill(-1)
    ofTable.set(key, classes)
  }
  return classes
}

/**
 * Of the whole fleet, cheapest first. Left out is what gives less room than another that clears the
 * same from the same cell for no more.
 */
export function collectEvictions(
  view: MoveView,
  mostCost: number,
  mostMoves: number,
  /** Which classes of a GPU of a cell will do. Default: all. */
  isWanted: ((cell: MoveCell, classAfter: number) => boolean) | null = null,
): readonly Eviction[] {
  const groups = new Map<string, Map<string, Eviction & { ways: EvictionWay[] }>>()
  for (const type of view.types) {
    const { cell } = type
    const evictions = listEvictions(
      type,
      mostCost,
      mostMoves,
      isWanted === null ? undefined : (classAfter) => isWanted(cell, classAfter),
    )
    for (const { items, classAfter, kinds, cost } of evictions) {
      const groupKey = `${type.cell.number}:${kinds.join()}`
      let group = groups.get(groupKey)
      if (group === undefined) {
        group = new Map()
        groups.set(groupKey, group)
      }
      const key = `${classAfter}:${cost}`
      const known = group.get(key)
      if (known === undefined) {
        group.set(key, { cell: type.cell, ways: [{ type, items }], classAfter, kinds, cost })
      } else if (known.ways.at(-1)?.type !== type) known.ways.push({ type, items })
    }
  }
  return [...groups.values()]
    .flatMap((group) => {
      const all = [...group.values()]
      return all.filter((one) => !all.some((other) => other !== one && isBetter(other, one)))
    })
    .sort((a, b) => a.cost - b.cost || a.kinds.length - b.kinds.length)
}

/** It can be done on every GPU that the other can be done on, and gives as much for as little. */
function isBetter(one: Eviction, other: Eviction): boolean {
  return (
    one.cost <= other.cost &&
    (one.cost < other.cost || one.classAfter !== other.classAfter) &&
    one.cell.site.residuals.includes(one.classAfter, other.classAfter) &&
    other.ways.every(({ type }) => one.ways.some((way) => way.type === type))
  )
}
