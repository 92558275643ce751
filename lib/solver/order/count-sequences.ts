import { at, wordAt } from '../../model/numbers.js'
import { requireResiduals } from '../tables/tables.js'
import type { FillGraph, FillQuestion } from './fill-graph.js'
import type { Precedence } from './precedence.js'
import { countServed, createServed } from './served.js'

/**
 * How many requests come while a GPU fills up, on average, if its instances could move at will: then none is refused.
 */
export function countRequests(question: FillQuestion): number {
  let requests = 0
  const chances: number[] = []
  chances[question.start.partition] = 1
  walkPartitions(question, (partition, fitting) => {
    const chance = chances[partition] ?? 0
    const total = fitting.reduce((sum, { weight }) => sum + weight, 0)
    if (total > 0) requests += chance
    for (const { more, weight } of fitting) {
      chances[more] = (chances[more] ?? 0) + (chance * weight) / total
    }
  })
  return requests
}

/** How many sequences of requests fit, by their length, from one request on. */
export function countFitting(question: FillQuestion): readonly number[] {
  const byLength: number[] = []
  const ways: number[] = []
  ways[question.start.partition] = 1
  walkPartitions(question, (partition, fitting, requests) => {
    const count = ways[partition] ?? 0
    if (requests > 0) byLength[requests - 1] = (byLength[requests - 1] ?? 0) + count
    for (const { more } of fitting) ways[more] = (ways[more] ?? 0) + count
  })
  return byLength
}

/** Each partition to which requests lead, after all its parts, and those with one wanted instance more that fit. */
function walkPartitions(
  { tables, start, weights, most }: FillQuestion,
  visit: (
    partition: number,
    fitting: readonly { readonly more: number; readonly weight: number }[],
    requests: number,
  ) => void,
): void {
  const { partitions } = requireResiduals(tables)
  const before = at(partitions.sizes, start.partition)
  const isReached = new Set([start.partition])
  // A partition with one instance more has a higher number.
  for (const [partition, size] of partitions.sizes.entries()) {
    if (!isReached.has(partition)) continue
    const requests = size - before
    const fitting = weights.flatMap((weight, position) => {
      const more = wordAt(partitions.withOneMore, partition * weights.length + position)
      return requests < most && weight > 0 && more >= 0 ? [{ more, weight }] : []
    })
    for (const { more } of fitting) isReached.add(more)
    visit(partition, fitting, requests)
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
