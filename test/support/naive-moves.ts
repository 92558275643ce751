import type { NaiveGpu } from './naive-gpu.js'

/** Something on a GPU, or on its way to one. */
export interface NaiveItem {
  /** Null: it has no place yet. */
  readonly at: { readonly gpu: number; readonly spot: number } | null
  /** By GPU: the spots that it may be moved to. */
  readonly spots: readonly (readonly number[])[]
  /** Null: it stays. */
  readonly cost: number | null
}

export interface NaiveOutcome {
  /** What counts before the cost. */
  readonly first: number
  readonly cost: number
}

const weight = 1e6

/**
 * The best of all assignments, by trying each: item after item, over every set of spots that may be taken by
 * then. `stays` is what an item counts that keeps its place, `inUse` what a GPU counts that holds something.
 * Null: there is none.
 */
export function bestAssignment(
  gpus: readonly NaiveGpu[],
  items: readonly NaiveItem[],
  count: { readonly stays?: (item: NaiveItem) => number; readonly inUse?: number } = {},
): NaiveOutcome | null {
  const { stays = () => 0, inUse = 0 } = count
  const tables = gpus.map(tableOf)
  const sizes = tables.map(({ sets }) => sets.length)
  // All sets of all GPUs together as one number: `scales[gpu]` is what one step of its set is worth.
  const scales = sizes.map((_, gpu) => sizes.slice(0, gpu).reduce((all, size) => all * size, 1))
  let values = new Map([[0, 0]])
  // What stays leaves the others less to try.
  const ordered = [...items].sort((a, b) => Number(a.cost !== null) - Number(b.cost !== null))
  for (const item of ordered) {
    const { at, spots, cost } = item
    const next = new Map<number, number>()
    const add = (from: number, value: number, gpu: number, spot: number): void => {
      const { after, width } = tables[gpu] as SetTable
      const scale = scales[gpu] as number
      const set = Math.floor(from / scale) % (sizes[gpu] as number)
      const to = after[set * width + spot] as number
      if (to < 0) return
      const key = from + (to - set) * scale
      if (value < (next.get(key) ?? Number.POSITIVE_INFINITY)) next.set(key, value)
    }
    for (const [from, value] of values) {
      if (at !== null) add(from, value + weight * stays(item), at.gpu, at.spot)
      if (cost === null) continue
      for (const [gpu, allowed] of spots.entries()) {
        for (const spot of allowed) {
          if (at?.gpu !== gpu || at.spot !== spot) add(from, value + cost, gpu, spot)
        }
      }
    }
    values = next
  }
  let best = Number.POSITIVE_INFINITY
  for (const [reached, value] of values) {
    let used = 0
    for (const [gpu, size] of sizes.entries()) {
      used += Number(Math.floor(reached / (scales[gpu] as number)) % size > 0)
    }
    best = Math.min(best, value + weight * inUse * used)
  }
  return Number.isFinite(best) ? { first: Math.floor(best / weight), cost: best % weight } : null
}

interface SetTable {
  /** The empty one first. */
  readonly sets: readonly number[]
  readonly width: number
  /** At `set * width + spot`: position of the set with that spot, too; -1: it is not legal. */
  readonly after: Int32Array
}

const known = new WeakMap<NaiveGpu, SetTable>()

function tableOf(gpu: NaiveGpu): SetTable {
  const found = known.get(gpu)
  if (found !== undefined) return found
  const { sets, spots } = gpu
  const positions = new Map(sets.map((set, position) => [set, position]))
  const width = spots.length
  const after = Int32Array.from({ length: sets.length * width }, (_, index) => {
    const set = sets[Math.floor(index / width)] ?? 0
    const bit = 1 << (index % width)
    return (set & bit) === 0 ? (positions.get(set | bit) ?? -1) : -1
  })
  const table = { sets, width, after }
  known.set(gpu, table)
  return table
}
