/** Mulberry32, so that a failing case can be had again by its seed: 32 bits at each call. */
export function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** Whole numbers from 0, below a bound. */
export function seeded(seed: number): (below: number) => number {
  const next = mulberry32(seed)
  return (below) => next() % below
}
