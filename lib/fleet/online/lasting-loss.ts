import { numberAt } from '../../model/numbers.js'
import type { LayoutTable } from '../layouts/layout-table.js'
import type { PlaceScore } from '../layouts/ranking.js'

/** What leaves a GPU, and after which time from now. */
export interface Leaving {
  readonly place: number
  readonly after: number
}

/**
 * The mean score of a place over the time for which the instance is there. The other instances leave one after the other,
 * so the layout changes, and the score with it. The next times count most: later ones belong to requests that nobody knows.
 * What makes a GPU useless until its neighbour leaves costs no more than that time.
 */
export function lastingLoss(
  { placeCount, next, previous }: LayoutTable,
  score: PlaceScore,
  {
    layout,
    leaving,
    place,
    lasts,
    horizon,
  }: {
    readonly layout: number
    /** The first to leave comes first. */
    readonly leaving: readonly Leaving[]
    readonly place: number
    /** The time for which the instance stays. */
    readonly lasts: number
    readonly horizon: number
  },
): number {
  let at = layout
  let loss = 0
  let weight = 1
  for (const { place: left, after } of leaving) {
    if (after >= lasts) break
    const rest = weightAfter(after, horizon)
    loss += (weight - rest) * score(at, place, numberAt(next, at * placeCount + place))
    weight = rest
    at = numberAt(previous, at * placeCount + left)
  }
  const rest = weightAfter(lasts, horizon)
  return loss + (weight - rest) * score(at, place, numberAt(next, at * placeCount + place))
}

/** The weight of all times after this one. It needs no function that machines may round in different ways. */
function weightAfter(time: number, horizon: number): number {
  return horizon / (horizon + time)
}
