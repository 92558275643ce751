// Whether the best places of all nodes agree on one order, and where they do not.
import { at, lowestBit, sum, wordAt } from '../../model/numbers.js'
import type { FillGraph } from './fill-graph.js'
import type { Precedence } from './precedence.js'
import type { Served } from './served.js'

/** How likely each place of each choice is taken on the way from the start, by choice and place. */
export type Usage = readonly (readonly number[])[]

export function countUsage(graph: FillGraph, { chosen }: Served): Usage {
  const { nodeCount, profileCount, placeCount, chances, choiceOf, choices, after, firstPlaces } =
    graph
  const usage = choices.map((): number[] => [])
  const reached = new Float64Array(nodeCount)
  reached[0] = 1
  for (let node = 0; node < nodeCount; node += 1) {
    const chance = reached[node] ?? 0
    if (chance === 0) continue
    for (let position = 0; position < profileCount; position += 1) {
      const entry = node * profileCount + position
      const choice = choiceOf[entry] ?? -1
      if (choice < 0) continue
      const place = chosen[entry] ?? 0
      const next = after[node * placeCount + (firstPlaces[position] ?? 0) + place] ?? 0
      const weight = chance * (chances[entry] ?? 0)
      reached[next] = (reached[next] ?? 0) + weight
      const uses = at(usage, choice)
      uses[place] = (uses[place] ?? 0) + weight
    }
  }
  return usage
}

/** The choice in which different nodes most often take different places; -1: in none. */
export function mostDisputed(usage: Usage): number {
  return indexOfMost(usage, (uses) => sum(uses) - most(uses))
}

/** The most used choice of these profiles in which several places may be first. */
export function mostUsed(
  { choices }: FillGraph,
  usage: Usage,
  { allowed }: Served,
  isOpen: (position: number) => boolean,
): number {
  return indexOfMost(usage, (uses, choice) => {
    const places = wordAt(allowed, choice)
    const isDecided = (places & (places - 1)) === 0
    return isDecided || !isOpen(at(choices, choice).position) ? 0 : sum(uses)
  })
}

/** What is known, and the place that each choice takes before all others of it. */
export function joinChoices(
  { choices, firstPlaces }: FillGraph,
  known: Precedence,
  usage: Usage,
): Precedence {
  const before = Int32Array.from(known)
  for (const [choice, { position, free }] of choices.entries()) {
    const uses = at(usage, choice)
    if (sum(uses) === 0) continue
    const first = uses.indexOf(most(uses))
    for (let rest = free & ~(1 << first); rest !== 0; rest &= rest - 1) {
      const number = at(firstPlaces, position) + lowestBit(rest)
      before[number] = wordAt(before, number) | (1 << first)
    }
  }
  return before
}

function indexOfMost(usage: Usage, weigh: (uses: readonly number[], choice: number) => number) {
  let index = -1
  let value = 0
  for (const [choice, uses] of usage.entries()) {
    const own = weigh(uses, choice)
    if (own <= value) continue
    value = own
    index = choice
  }
  return index
}

function most(uses: readonly number[]): number {
  return uses.reduce((highest, chance) => Math.max(highest, chance), 0)
}
