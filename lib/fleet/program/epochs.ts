/** The epochs of a first-order method: each begins from where the one before has come to. */
export interface Epochs {
  /** Counts a step of the search, the `steps`-th of all. True: a new epoch begins from where it led. */
  endAfter(residual: number, steps: number): boolean
  /** How much of the last step counts beside the start of the epoch: more and more. */
  keep(): number
}

/** An epoch ends when its residual has fallen far, when it rises after it has fallen, or when it is long (Lu and Yang, 2024). */
export function createEpochs(): Epochs {
  let length = 0
  let first = 0
  let last = Number.POSITIVE_INFINITY
  return {
    endAfter(residual, steps) {
      length += 1
      if (length === 1) first = residual
      const ends =
        length > 1 &&
        (residual <= 0.2 * first ||
          (residual <= 0.8 * first && residual > last) ||
          length >= 0.36 * steps)
      last = ends ? Number.POSITIVE_INFINITY : residual
      if (ends) length = 0
      return ends
    },
    keep: () => length / (length + 1),
  }
}

/** The weight of the next epoch, by how far the values and the prices moved in this one, as squares. */
export function nextWeight(weight: number, movedX: number, movedY: number): number {
  if (movedX <= 1e-20 || movedY <= 1e-20) return weight
  return Math.sqrt(Math.sqrt(movedY / movedX) * weight)
}

/** A reflected step, drawn back towards the start of the epoch. */
export function anchor(
  now: Float64Array,
  next: Float64Array,
  start: Float64Array,
  keep: number,
): void {
  for (let index = 0; index < now.length; index += 1)
    now[index] =
      keep * (2 * (next[index] as number) - (now[index] as number)) +
      (1 - keep) * (start[index] as number)
}
