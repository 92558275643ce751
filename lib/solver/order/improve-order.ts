import type { StartOrder } from './precedence.js'

/** Smaller differences between two shares are rounding. */
const noDifference = 1e-9

/**
 * Moves one place of one profile at a time, while that makes the share less. Only orders that are `allowed` take part. The
 * result depends on where it starts, and better orders may exist.
 */
export function improveOrder(
  start: StartOrder,
  isAllowed: (order: StartOrder) => boolean,
  shareOf: (order: StartOrder) => number,
): StartOrder {
  let best = start
  let least = shareOf(start)
  for (let improved = true; improved; ) {
    improved = false
    for (const move of listMoves(start)) {
      const tried = moved(best, move)
      if (!isAllowed(tried)) continue
      const share = shareOf(tried)
      if (share >= least - noDifference) continue
      least = share
      best = tried
      improved = true
    }
  }
  return best
}

interface Move {
  readonly position: number
  readonly from: number
  readonly to: number
}

function listMoves(order: StartOrder): readonly Move[] {
  return order.flatMap((places, position) =>
    places.flatMap((_, from) =>
      places.flatMap((__, to) => (to === from ? [] : [{ position, from, to }])),
    ),
  )
}

function moved(order: StartOrder, { position, from, to }: Move): StartOrder {
  return order.map((places, index) => {
    if (index !== position) return places
    const others = places.filter((_, place) => place !== from)
    return [...others.slice(0, to), ...places.slice(from, from + 1), ...others.slice(to)]
  })
}
