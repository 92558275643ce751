// What is known of an order: which places of a profile come before which others of it. Places are
// indexes into the placements of their profile, and sets of them are bits.
import { lowestBit, wordAt } from '../../model/numbers.js'
import type { CompiledProfile } from '../tables/tables.js'
import type { Choice, FillGraph } from './fill-graph.js'

/** For each profile, by its position, all its places in the order in which they are taken. */
export type StartOrder = readonly (readonly number[])[]

/** For each place, by its number, the places of the same profile that come before it. */
export type Precedence = Int32Array

export function nothingKnown({ placeCount }: Pick<FillGraph, 'placeCount'>): Precedence {
  return new Int32Array(placeCount)
}

export function precedenceOf(
  { placeCount, firstPlaces }: Pick<FillGraph, 'placeCount' | 'firstPlaces'>,
  order: StartOrder,
): Precedence {
  const before = new Int32Array(placeCount)
  for (const [position, places] of order.entries()) {
    let earlier = 0
    for (const place of places) {
      before[(firstPlaces[position] ?? 0) + place] = earlier
      earlier |= 1 << place
    }
  }
  return before
}

/** The same, with one place of a choice before all others of it; what follows from that included. */
export function withFirst(
  { firstPlaces }: Pick<FillGraph, 'firstPlaces'>,
  known: Precedence,
  { position, free }: Choice,
  first: number,
): Precedence {
  const before = Int32Array.from(known)
  const start = firstPlaces[position] ?? 0
  const end = firstPlaces[position + 1] ?? before.length
  const added = (1 << first) | wordAt(before, start + first)
  const after = free & ~(1 << first)
  for (let number = start; number < end; number += 1) {
    const isAfter = ((after >>> (number - start)) & 1) === 1
    // A place that comes after one of them also comes after the first.
    if (isAfter || (wordAt(before, number) & after) !== 0)
      before[number] = wordAt(before, number) | added
  }
  return before
}

/** Those that may be the first of a choice. */
export function candidates(start: number, free: number, before: Precedence): number {
  let allowed = 0
  for (let rest = free; rest !== 0; rest &= rest - 1) {
    const place = lowestBit(rest)
    if (((before[start + place] ?? 0) & free) === 0) allowed |= 1 << place
  }
  return allowed
}

/**
 * An order of one profile's places with everything that is known; the lowest places first where nothing is. Null: what
 * is known goes round in a circle.
 */
export function orderPlaces(
  { placements }: CompiledProfile,
  before: Precedence,
): readonly number[] | null {
  const places: number[] = []
  let taken = 0
  while (places.length < placements.length) {
    const next = placements.findIndex(
      ({ number }, index) =>
        ((taken >>> index) & 1) === 0 && (wordAt(before, number) & ~taken) === 0,
    )
    if (next < 0) return null
    places.push(next)
    taken |= 1 << next
  }
  return places
}
