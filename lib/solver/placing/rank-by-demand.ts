import type { ResidualTable } from '../tables/tables.js'

/**
 * Ranks the residual classes for a demand mix, the best 0: by how many requests, each drawn from the
 * mix by itself, a GPU of the class is expected to serve before the first that does not fit, if those
 * were known in advance; what is equal by the number of partitions. The chance that the first k requests fit is
 * that of their partition being one that can be added, and the expectation the sum of those chances.
 * Counted in whole numbers: times the sum of the weights to the power of the most instances.
 */
export function rankByDemand(
  { partitions, classes }: ResidualTable,
  weights: readonly number[],
): readonly number[] {
  const whole = BigInt(weights.reduce((sum, weight) => sum + weight, 0))
  const most = Math.max(...partitions.sizes)
  const chances = partitions.counts.map((counts, partition) => {
    const size = partitions.sizes[partition] ?? 0
    if (size === 0) return 0n
    let orders = factorial(size)
    let product = whole ** BigInt(most - size)
    for (const [position, count] of counts.entries()) {
      orders /= factorial(count)
      product *= BigInt(weights[position] ?? 0) ** BigInt(count)
    }
    return orders * product
  })
  const scores = classes.map((each, number) => ({
    number,
    room: each.partitions.length,
    score: each.partitions.reduce((sum, partition) => sum + (chances[partition] ?? 0n), 0n),
  }))
  scores.sort((a, b) =>
    a.score === b.score ? b.room - a.room || a.number - b.number : a.score < b.score ? 1 : -1,
  )
  const ranks = classes.map(() => 0)
  let rank = 0
  for (const [index, { number, room, score }] of scores.entries()) {
    const before = scores[index - 1]
    if (before !== undefined && (before.score !== score || before.room !== room)) rank += 1
    ranks[number] = rank
  }
  return ranks
}

function factorial(count: number): bigint {
  let product = 1n
  for (let factor = 2; factor <= count; factor += 1) product *= BigInt(factor)
  return product
}
