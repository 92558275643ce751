import { cached } from '../../model/cached.js'
import type { Cell, CellClass } from './cells.js'
import type { Effect } from './option-effects.js'

/** An effect, with what it takes of the priced things. */
export interface PricedEffect {
  readonly effect: Effect
  /** In pairs: the price, and how much. */
  readonly terms: readonly number[]
}

/** GPUs that earn the same. */
export interface PricedClass {
  readonly still: readonly PricedEffect[]
  readonly all: readonly PricedEffect[]
  /** How many GPUs take the best one of each list, at the last prices. */
  readonly taken: [number, number]
  readonly best: [PricedEffect | null, PricedEffect | null]
}

/** Nodes of a cell with the same classes. */
export interface NodeKind {
  readonly classes: readonly PricedClass[]
  count: number
}

/** The classes of all cells, and how nodes combine them. */
export function listPriced(
  cells: readonly Cell[],
  termsOf: (effect: Effect, cell: number) => readonly number[],
): { readonly classes: readonly PricedClass[]; readonly kinds: readonly NodeKind[] } {
  const kinds: NodeKind[] = []
  const all: PricedClass[] = []
  for (const { number, nodes, classes } of cells) {
    const byGpu = new Map<object, CellClass>()
    for (const each of classes) for (const gpu of each.gpus) byGpu.set(gpu, each)
    const known = new Map(
      classes.map((each): [CellClass, PricedClass] => {
        const list = each.effects.map((effect) => ({ effect, terms: termsOf(effect, number) }))
        const still = list.filter(({ effect }) => !effect.option.changes)
        return [each, { still, all: list, taken: [0, 0], best: [null, null] }]
      }),
    )
    all.push(...known.values())
    const byKey = new Map<string, NodeKind>()
    for (const { gpus } of nodes) {
      const own = gpus.flatMap((gpu) => byGpu.get(gpu) ?? []).sort((a, b) => a.number - b.number)
      if (own.length === 0) continue
      const kind = cached(byKey, own.map((each) => each.number).join(), (): NodeKind => {
        return { classes: own.flatMap((each) => known.get(each) ?? []), count: 0 }
      })
      kind.count += 1
    }
    kinds.push(...byKey.values())
  }
  return { classes: all, kinds }
}

/**
 * What all nodes together come to at least: each GPU changes as it costs the least, if the node changes at all. Notes how many GPUs take
 * which effect. Returns the total, and how many nodes change.
 */
export function leastOfNodes(
  classes: readonly PricedClass[],
  kinds: readonly NodeKind[],
  costOf: (effect: PricedEffect) => number,
  ofNode: number,
): { readonly total: number; readonly changed: number } {
  const costs = new Map<PricedClass, readonly [number, number]>()
  for (const ofClass of classes) {
    const find = (list: readonly PricedEffect[], which: 0 | 1): number => {
      let least = Number.POSITIVE_INFINITY
      for (const each of list) {
        const cost = costOf(each)
        if (cost >= least) continue
        least = cost
        ofClass.best[which] = each
      }
      return least
    }
    ofClass.taken.fill(0)
    costs.set(ofClass, [find(ofClass.still, 0), find(ofClass.all, 1)])
  }
  let total = 0
  let changedNodes = 0
  for (const { classes: own, count } of kinds) {
    let still = 0
    let changed = ofNode
    for (const each of own) {
      const [one, other] = costs.get(each) ?? [0, 0]
      still += one
      changed += other
    }
    const which = changed < still ? 1 : 0
    total += count * Math.min(still, changed)
    changedNodes += which * count
    for (const each of own) each.taken[which] += count
  }
  return { total, changed: changedNodes }
}
