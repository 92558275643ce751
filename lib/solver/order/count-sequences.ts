import { at, wordAt } from '../../model/numbers.js'
import { requireResiduals, type Tables } from '../tables/tables.js'
import type { FillGraph } from './fill-graph.js'
import type { Precedence } from './precedence.js'
import { countServed, createServed } from './served.js'

/**
 * How many requests come while a GPU fills up, on average, if all instances that have come could move. No request is
 * refused then.
 */
export function countRequests(
  tables: Tables,
  start: number,
  weights: readonly number[],
  most: number,
): number {
  let requests = 0
  const chances = [1]
  walkPartitions(tables, start, weights, most, (partition, fitting) => {
    const chance = chances[partition] ?? 0
    const total = fitting.reduce((sum, { weight }) => sum + weight, 0)
    if (total > 0) requests += chance
    for (const { more, weight } of fitting) {
      chances[more] = (chances[more] ?? 0) + (chance * weight) / total
    }
  })
  return requests
}

/** How many sequences of wanted profiles fit beside what is there, by their length, from one request on. */
export function countFitting(
  tables: Tables,
  start: number,
  weights: readonly number[],
  most: number,
): readonly number[] {
  const byLength: number[] = []
  const ways = [1]
  walkPartitions(tables, start, weights, most, (partition, fitting, size) => {
    const count = ways[partition] ?? 0
    if (size > 0) byLength[size - 1] = (byLength[size - 1] ?? 0) + count
    for (const { more } of fitting) ways[more] = (ways[more] ?? 0) + count
  })
  return byLength
}

/** Each partition that can be added, after all its parts, and those with one wanted instance more that fit. */
function walkPartitions(
  tables: Tables,
  start: number,
  weights: readonly number[],
  most: number,
  visit: (
    partition: number,
    fitting: readonly { readonly more: number; readonly weight: number }[],
    size: number,
  ) => void,
): void {
  const { partitions, classOf, holds } = requireResiduals(tables)
  const startClass = wordAt(classOf, start)
  const isReached = new Set([0])
  // A partition with one instance more has a higher number.
  for (const [partition, size] of partitions.sizes.entries()) {
    if (!isReached.has(partition)) continue
    const fitting = weights.flatMap((weight, position) => {
      const more = wordAt(partitions.withOneMore, partition * weights.length + position)
      const isWanted = size < most && weight > 0
      return isWanted && more >= 0 && holds(startClass, more) ? [{ more, weight }] : []
    })
    for (const { more } of fitting) isReached.add(more)
    visit(partition, fitting, size)
  }
}

/** How many of them an order places as a whole. */
export function countPlaced(graph: FillGraph, order: Precedence): readonly number[] {
  const { nodeCount, profileCount, placeCount, choiceOf, after, firstPlaces } = graph
  const into = createServed(graph)
  countServed(graph, order, into)
  const byLength: number[] = []
  const ways = new Float64Array(nodeCount)
  const lengths = new Int32Array(nodeCount)
  ways[0] = 1
  for (let node = 0; node < nodeCount; node += 1) {
    const count = ways[node] ?? 0
    const length = wordAt(lengths, node)
    if (count === 0) continue
    if (length > 0) byLength[length - 1] = (byLength[length - 1] ?? 0) + count
    for (let position = 0; position < profileCount; position += 1) {
      const entry = node * profileCount + position
      if (wordAt(choiceOf, entry) < 0) continue
      const place = at(firstPlaces, position) + wordAt(into.chosen, entry)
      const next = wordAt(after, node * placeCount + place)
      ways[next] = (ways[next] ?? 0) + count
      lengths[next] = length + 1
    }
  }
  return byLength
}
