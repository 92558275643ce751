// Requests come at random times, take an instance if there is a place, and leave after a random time: a
// Markov chain on the layouts of one GPU. What has gone leaves its place free, so places count and not only states.
import { at, wordAt } from '../../model/numbers.js'
import { requireResiduals, type Tables } from '../tables/tables.js'

const mostLayouts = 2 ** 13

/** Larger sums of powers of two are not exact. */
const mostPlaces = 53

/** For each layout a list of others, one behind the other. */
export interface Links {
  readonly layouts: Int32Array
  /** Where the list of each layout starts, and the end of the last one. */
  readonly starts: Int32Array
}

/** Layouts of the wanted profiles, by number; 0 is empty. */
export interface LayoutChain {
  readonly layoutCount: number
  readonly profileCount: number
  readonly placeCount: number
  /** The layout with an instance more, at `layout * placeCount + number`; -1: there is none. */
  readonly after: Int32Array
  /** Layouts with an instance more. */
  readonly larger: Links
  /** Layouts with an instance less. */
  readonly smaller: Links
  /** 1: with one more instance of a profile, all would fit in some layout. At `layout * profileCount + position`. */
  readonly fitting: Uint8Array
}

/** Null: the GPU has too many layouts. */
export function createLayoutChain(tables: Tables, weights: readonly number[]): LayoutChain | null {
  const { profiles, places, states } = tables
  const { partitions } = requireResiduals(tables)
  if (places.length > mostPlaces) return null
  const withOneMore = (partition: number, position: number): number =>
    wordAt(partitions.withOneMore, partition * profiles.length + position)
  const keys = [0]
  const layoutStates = [0]
  const held = [0]
  const numbers = new Map([[0, 0]])
  const after: number[] = []
  for (let layout = 0; layout < keys.length; layout += 1) {
    const next = states.nextOf(at(layoutStates, layout))
    for (const { number, profilePosition } of places) {
      const state = wordAt(next, number)
      const isWanted = at(weights, profilePosition) > 0
      const key = at(keys, layout) + 2 ** number
      const known = numbers.get(key)
      if (state < 0 || !isWanted || known !== undefined) {
        after.push(state < 0 || !isWanted ? -1 : (known ?? -1))
        continue
      }
      if (keys.length === mostLayouts) return null
      after.push(keys.length)
      numbers.set(key, keys.length)
      keys.push(key)
      layoutStates.push(state)
      held.push(withOneMore(at(held, layout), profilePosition))
    }
  }
  const arrows = after.flatMap((layout, index): readonly Arrow[] =>
    layout < 0 ? [] : [[Math.floor(index / places.length), layout]],
  )
  return {
    layoutCount: keys.length,
    profileCount: profiles.length,
    placeCount: places.length,
    after: Int32Array.from(after),
    larger: linkUp(keys.length, arrows),
    smaller: linkUp(
      keys.length,
      arrows.map(([smaller, larger]) => [larger, smaller]),
    ),
    fitting: Uint8Array.from(
      held.flatMap((partition) =>
        profiles.map(({ position }) =>
          Number(at(weights, position) > 0 && withOneMore(partition, position) >= 0),
        ),
      ),
    ),
  }
}

/** From a layout to another one. */
export type Arrow = readonly [number, number]

function linkUp(layoutCount: number, arrows: readonly Arrow[]): Links {
  const lists = Array.from({ length: layoutCount }, (): number[] => [])
  for (const [from, to] of arrows) at(lists, from).push(to)
  const starts = [0]
  for (const list of lists) starts.push((starts.at(-1) ?? 0) + list.length)
  return { layouts: Int32Array.from(lists.flat()), starts: Int32Array.from(starts) }
}
