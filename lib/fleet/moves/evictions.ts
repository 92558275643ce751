import type { LayoutType, MoveCell, MoveItem, MoveView } from './move-view.js'

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

/** Every set of items that costs no more and may go from one GPU of this type. */
export function* listEvictions(
  { cell, items }: LayoutType,
  mostCost: number,
  mostMoves: number,
): Generator<Pick<Eviction, 'classAfter' | 'kinds' | 'cost'> & { items: readonly MoveItem[] }> {
  const movable = items.filter(({ cost }) => cost >= 0)
  for (let set = 1; set < 2 ** movable.length; set += 1) {
    const going = movable.filter((_item, index) => ((set >>> index) & 1) === 1)
    if (going.length > mostMoves) continue
    let cost = 0
    for (const item of going) cost += item.cost
    if (cost > mostCost) continue
    yield {
      items: going,
      classAfter: classWith(
        cell,
        items.filter((item) => !going.includes(item)),
      ),
      kinds: going.map(({ kind }) => kind).sort((a, b) => a - b),
      cost,
    }
  }
}

/**
 * Of the whole fleet, cheapest first. Left out is what gives less room than another that clears the
 * same from the same cell for no more.
 */
export function collectEvictions(
  view: MoveView,
  mostCost: number,
  mostMoves: number,
): readonly Eviction[] {
  const groups = new Map<string, Map<string, Eviction & { ways: EvictionWay[] }>>()
  for (const type of view.types) {
    for (const { items, classAfter, kinds, cost } of listEvictions(type, mostCost, mostMoves)) {
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
