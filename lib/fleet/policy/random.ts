/** Random numbers that are the same for one seed on every machine: splitmix32, in whole numbers only. */
export interface Random {
  /** From 0 to 2 ** 32 - 1. */
  readonly word: () => number
  /** From 0 to `limit - 1`. */
  readonly below: (limit: number) => number
  /** From the exponential distribution with mean 1. */
  readonly exponential: () => number
}

export function createRandom(seed: number): Random {
  let state = seed | 0
  const word = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  return {
    word,
    below: (limit) => Math.floor((word() * limit) / 2 ** 32),
    exponential: () => -logarithm((word() + 0.5) / 2 ** 32),
  }
}

/**
 * Natural logarithm, as twice the series of the inverse hyperbolic tangent. `Math.log` may differ in the
 * last bit between engines, which would change the simulation. Sums and products do not differ.
 */
function logarithm(value: number): number {
  let mantissa = value
  let exponent = 0
  while (mantissa < 0.75) {
    mantissa *= 2
    exponent -= 1
  }
  const ratio = (mantissa - 1) / (mantissa + 1)
  const square = ratio * ratio
  let sum = 0
  for (let term = 15; term >= 1; term -= 2) sum = sum * square + 1 / term
  return 2 * ratio * sum + exponent * Math.LN2
}
