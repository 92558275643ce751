import { expect } from 'vitest'
import { loadHighs } from './highs.js'
import { naiveGpus, spotsOf } from './naive-gpu.js'

// Requests that each have nodes of their own, one A100 on each node. An integer program of HiGHS, made from the legal
// sets of places alone, says what the best packing is.

/** Requests for one GPU's instances, and the nodes that they may be on. */
export interface NodeRequest {
  readonly id: string
  readonly profile: string
  readonly value: number
  readonly where: { readonly nodes: readonly string[] }
}

export const a100 = naiveGpus.find(({ key }) => key === 'a100-40gb') as (typeof naiveGpus)[number]
export const wanted = ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb']

/** How many instances of each wanted profile a GPU can hold at once: the largest such counts. */
const patterns = ((): readonly (readonly number[])[] => {
  const all = new Map<string, readonly number[]>()
  for (const set of a100.sets) {
    const counts = wanted.map(
      (name) =>
        spotsOf(a100, set).filter(({ profile }) => a100.geometry.profiles[profile]?.name === name)
          .length,
    )
    all.set(counts.join(), counts)
  }
  const list = [...all.values()]
  const isWithin = (one: readonly number[], other: readonly number[]): boolean =>
    one !== other && one.every((count, index) => count <= (other[index] ?? 0))
  return list.filter((one) => !list.some((other) => isWithin(one, other)))
})()

/** The least value left out; with `unplaced`, the fewest GPUs that leave out no more than that. */
export async function solveWhole(
  {
    requests,
    gpus,
  }: {
    readonly requests: readonly NodeRequest[]
    readonly gpus: readonly { readonly node: string }[]
  },
  unplaced: number | null,
): Promise<number> {
  const rows: string[] = []
  const names: string[] = []
  const left = requests.map(({ value }, request) => `${value} u${request}`).join(' + ')
  const used = gpus.flatMap((_, gpu) => patterns.map((_counts, pattern) => `x${gpu}_${pattern}`))
  for (const [request, { where }] of requests.entries()) {
    const there = where.nodes.map((node) => `y${request}_${node.slice(1)}`)
    names.push(`u${request}`, ...there)
    rows.push(`${[`u${request}`, ...there].join(' + ')} = 1`)
  }
  for (const [gpu, { node }] of gpus.entries()) {
    const own = patterns.map((_counts, pattern) => `x${gpu}_${pattern}`)
    rows.push(`${own.join(' + ')} <= 1`)
    for (const [index, name] of wanted.entries()) {
      const takers = requests.flatMap(({ profile, where }, request) =>
        profile === name && where.nodes.includes(node) ? [`y${request}_${gpu}`] : [],
      )
      if (takers.length === 0) continue
      const room = patterns.flatMap((counts, pattern) =>
        counts[index] ? [`- ${counts[index]} x${gpu}_${pattern}`] : [],
      )
      rows.push(`${takers.join(' + ')} ${room.join(' ')} <= 0`)
    }
  }
  if (unplaced !== null) rows.push(`${left} <= ${unplaced}`)
  const text = `Minimize\n o: ${unplaced === null ? left : used.join(' + ')}\nSubject To\n ${rows.map((row, index) => `c${index}: ${row}`).join('\n ')}\nBinary\n ${[...names, ...used].join(' ')}\nEnd`
  const highs = await loadHighs()
  const { Status, ObjectiveValue } = highs.solve(text, { output_flag: false, mip_rel_gap: 0 })
  expect(Status).toBe('Optimal')
  return Math.round(ObjectiveValue)
}

/** The least value left out of requests that may go to any of so many A100. */
export async function leastLeftOut(
  requests: readonly Pick<NodeRequest, 'profile' | 'value'>[],
  gpuCount: number,
): Promise<number> {
  const used = patterns.map((_counts, pattern) => `x${pattern}`)
  const rows = [`${used.join(' + ')} <= ${gpuCount}`]
  for (const [index, name] of wanted.entries()) {
    const own = requests.flatMap(({ profile }, request) =>
      profile === name ? [`u${request}`] : [],
    )
    const room = patterns.flatMap((counts, pattern) =>
      counts[index] ? [`${counts[index]} x${pattern}`] : [],
    )
    rows.push(`${[...own, ...room].join(' + ')} >= ${own.length}`)
  }
  const names = requests.map((_, request) => `u${request}`)
  const left = requests.map(({ value }, request) => `${value} u${request}`).join(' + ')
  const text = `Minimize\n o: ${left}\nSubject To\n ${rows.map((row, index) => `c${index}: ${row}`).join('\n ')}\nGeneral\n ${used.join(' ')}\nBinary\n ${names.join(' ')}\nEnd`
  const highs = await loadHighs()
  const { Status, ObjectiveValue } = highs.solve(text, { output_flag: false, mip_rel_gap: 0 })
  expect(Status).toBe('Optimal')
  return Math.round(ObjectiveValue)
}
