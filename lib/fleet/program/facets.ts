import { cached } from '../../model/cached.js'
import { countBits, numberAt } from '../../model/numbers.js'
import type { Tables } from '../../solver/tables/tables.js'
import { listPatterns } from './patterns.js'

/**
 * Prices by profile position, over one denominator. No pattern of the empty GPU is worth more than 1, so
 * requests need at least as many GPUs as they are worth.
 */
export interface Facet {
  readonly prices: readonly number[]
  readonly denominator: number
}

const known = new WeakMap<Tables, Map<string, readonly Facet[] | null>>()

/** With more corners than this on the way, a linear program finds a bound faster. */
const mostRays = 600

/**
 * The prices that no other prices beat: the corners of the polytope of all valid prices, without those that
 * another corner exceeds everywhere. For each demand of these profiles, the greatest price is the bound of
 * the configuration program. Null: there are too many corners.
 */
export function listFacets(tables: Tables, positions: readonly number[]): readonly Facet[] | null {
  const ofTables = cached(known, tables, () => new Map<string, readonly Facet[] | null>())
  return cached(ofTables, positions.join(), () => findFacets(tables, positions))
}

/** Requests that any one of several profiles serves. */
export interface OpenDemand {
  readonly positions: readonly number[]
  readonly count: number
}

/**
 * How many GPUs these requests need at least. `demand`: requests by profile position; `open`: requests that
 * several profiles serve.
 */
export function priceOf(
  facets: readonly Facet[],
  demand: readonly number[],
  open: readonly OpenDemand[] = [],
): number {
  let most = 0
  for (const { prices, denominator } of facets) {
    let sum = 0
    for (let position = 0; position < prices.length; position += 1) {
      sum += (prices[position] ?? 0) * (demand[position] ?? 0)
    }
    for (const { positions, count } of open) sum += count * leastOf(positions, prices)
    most = Math.max(most, Math.ceil(sum / denominator))
  }
  return most
}

/** The least of the amounts at these positions; 0 if there are none. */
export function leastOf(positions: readonly number[], amounts: ArrayLike<number>): number {
  let least = Number.POSITIVE_INFINITY
  for (const position of positions) least = Math.min(least, amounts[position] ?? 0)
  return Number.isFinite(least) ? least : 0
}

interface Ray {
  readonly at: readonly number[]
  /** One bit for each constraint that the ray meets with equality: the axes first, then the patterns. */
  readonly tight: Int32Array
}

/**
 * Finds corners by the double description method, on the cone over the polytope. The last coordinate is the
 * price of a GPU. All numbers are whole, because each ray is divided by its greatest common divisor.
 */
function findFacets(tables: Tables, positions: readonly number[]): readonly Facet[] | null {
  const patterns = listPatterns(tables, 0, positions)
  const size = positions.length + 1
  const width = Math.ceil((size + patterns.length) / 32)
  let rays: readonly Ray[] = Array.from({ length: size }, (_, axis) => {
    const tight = new Int32Array(width)
    for (let other = 0; other < size; other += 1) if (other !== axis) setBit(tight, other)
    return { at: Array.from({ length: size }, (_unused, index) => Number(index === axis)), tight }
  })
  for (const [index, pattern] of patterns.entries()) {
    const normal = [...positions.map((position) => -(pattern[position] ?? 0)), 1]
    rays = cutOff(rays, normal, size, size + index)
    if (rays.length > mostRays) return null
  }
  const corners = rays.filter(({ at }) => (at[size - 1] ?? 0) > 0).map(({ at }) => at)
  if (corners.some((at) => !at.every(Number.isSafeInteger))) return null
  const best = corners.filter((one) => !corners.some((other) => other !== one && beats(other, one)))
  return best
    .map((at) => {
      const prices = [...tables.profiles, null].map(() => 0)
      for (const [index, position] of positions.entries()) prices[position] = at[index] ?? 0
      return { prices, denominator: at[size - 1] ?? 1 }
    })
    .sort((a, b) => a.denominator - b.denominator)
}

function beats(one: readonly number[], other: readonly number[]): boolean {
  const mine = one.at(-1) ?? 1
  const theirs = other.at(-1) ?? 1
  return one.every((value, index) => value * theirs >= (other[index] ?? 0) * mine)
}

/** A ray that the new constraint does not meet with equality. */
interface Beside {
  readonly ray: Ray
  readonly slack: number
}

/** The rays of the cone after one more constraint. */
function cutOff(
  rays: readonly Ray[],
  normal: readonly number[],
  size: number,
  bit: number,
): readonly Ray[] {
  const next: Ray[] = []
  const outside: Beside[] = []
  const inside: Beside[] = []
  for (const ray of rays) {
    const slack = dot(normal, ray.at)
    if (slack === 0) setBit(ray.tight, bit)
    if (slack >= 0) next.push(ray)
    if (slack > 0) inside.push({ ray, slack })
    if (slack < 0) outside.push({ ray, slack })
  }
  const insideFirst = Int32Array.from(inside, ({ ray }) => ray.tight[0] ?? 0)
  const needed = size - 2 - Math.max(0, bit - 32)
  for (const { ray: below, slack: deep } of outside) {
    for (const high of sharing(below.tight[0] ?? 0, insideFirst, needed)) {
      const { ray: above, slack: spare } = inside[high] as Beside
      const both = below.tight.map((word, index) => word & (above.tight[index] ?? 0))
      if (both.reduce((bits, word) => bits + countBits(word), 0) < size - 2) continue
      if (hasBetween(rays, both, below, above)) continue
      const at = divideOut(
        above.at.map((value, axis) => spare * (below.at[axis] ?? 0) - deep * value),
      )
      setBit(both, bit)
      next.push({ at, tight: both })
    }
  }
  return next
}

/**
 * Which of these words share so many bits with another word. A loop of its own: this is most of the first answer of a
 * process, and V8 optimises a small function in a tenth of the time.
 */
function sharing(word: number, others: Int32Array, needed: number): readonly number[] {
  const found: number[] = []
  for (let index = 0; index < others.length; index += 1) {
    if (countBits(word & (others[index] ?? 0)) >= needed) found.push(index)
  }
  return found
}

/** Whether a third ray lies on every constraint that both rays lie on. If not, the two are neighbours. */
function hasBetween(rays: readonly Ray[], both: Int32Array, one: Ray, two: Ray): boolean {
  for (const other of rays) {
    if (other === one || other === two) continue
    let lies = true
    for (let word = 0; word < both.length && lies; word += 1) {
      lies = ((both[word] as number) & ~(other.tight[word] as number)) === 0
    }
    if (lies) return true
  }
  return false
}

function setBit(bits: Int32Array, bit: number): void {
  bits[bit >>> 5] = numberAt(bits, bit >>> 5) | (1 << (bit & 31))
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0)
  return sum
}

function divideOut(values: readonly number[]): readonly number[] {
  let divisor = 0
  for (const value of values) divisor = commonDivisor(divisor, Math.abs(value))
  return divisor > 1 ? values.map((value) => value / divisor) : values
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}
