import { at, wordAt } from '../../model/numbers.js'
import type { FillGraph } from './fill-graph.js'
import { nothingKnown, type Precedence, type StartOrder, withFirst } from './precedence.js'
import { countServed, createServed, rounding } from './served.js'

/**
 * The best first place of each profile at the start, if the order changes before the next request. Among equal places, it
 * is the one that `preferred` has first.
 */
export function bestAtOnce(graph: FillGraph, preferred: StartOrder): Precedence {
  const { choiceOf, choices, after, firstPlaces } = graph
  const into = createServed(graph)
  countServed(graph, nothingKnown(graph), into)
  let known = nothingKnown(graph)
  for (const [position, places] of preferred.entries()) {
    const choice = wordAt(choiceOf, position)
    if (choice < 0) continue
    const servedAfter = (place: number): number => {
      const next = wordAt(after, at(firstPlaces, position) + place)
      return next < 0 ? -1 : (into.served[next] ?? 0)
    }
    const most = Math.max(...places.map(servedAfter))
    const first = places.find((place) => servedAfter(place) >= most - rounding)
    if (first !== undefined) known = withFirst(graph, known, at(choices, choice), first)
  }
  return known
}
