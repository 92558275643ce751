import type { FleetEndsMemory } from '../../../types/fleet/online.js'
import type { FleetEnd } from '../../../types/fleet/pack.js'

/** An instance whose request said when it ends. */
export interface Stay {
  readonly since: number
  /** Equally likely, ascending, the first after `since`. */
  readonly ends: readonly number[]
}

/** What requests expect of their ends, and what came of it. */
export interface ExpectedEnds {
  /** False: no request has named an end so far, and the clock need not be read. */
  readonly isUsed: () => boolean
  /** An instance comes, now or at `since`. Null: nothing is known of its end. */
  readonly enter: (end: FleetEnd | undefined, since?: number) => Stay | null
  /** What the memory knows has entered. */
  readonly restored: () => void
  readonly ended: (stay: Stay) => void
  readonly look: () => EndsNow
  readonly describe: () => FleetEndsMemory | null
}

export interface EndsNow {
  /** Losses count half after this time. */
  readonly horizon: number
  /** The time for which an instance stays from now on. An instance without an end stays for ever. */
  readonly remaining: (stay: Stay | null) => number
}

// Ratios of the real stay to the expected one are counted in classes, four for each power of two. Powers of two are middles
// of classes, so that ends that are right are not corrected. Machines may round the functions of `Math` in different ways, so
// the numbers stand here.
export const ratioClasses = 64
const quarterPowers = [1, 1.189207115002721, Math.SQRT2, 1.681792830507429]
const classMiddles: readonly number[] = Array.from(
  { length: ratioClasses },
  (_, at) => 2 ** (Math.floor(at / 4) - 8) * (quarterPowers[at % 4] ?? 1),
)
/** From the middle of a class to its upper limit. */
const halfClass = 1.0905077326652577
/** Fewer ratios say nothing yet. */
const fewestRatios = 50
/** With so many ratios, all counts are halved, so that the fleet follows its callers when they change. */
const mostRatios = 4000
/** The horizon, in mean stays: the best of 0.1 to 0.8 on the mixes of W11, and little depends on it. */
const horizonStays = 0.3
/** What is overdue stays for at least this share of the time that it has stayed. */
const overdueShare = 0.05
const overdueShareUnknown = 0.5

export function createExpectedEnds(
  clock: () => number,
  memory: FleetEndsMemory | undefined,
): ExpectedEnds {
  const ratios = Float64Array.from(memory?.ratios ?? new Array<number>(ratioClasses).fill(0))
  let counted = ratios.reduce((sum, count) => sum + count, 0)
  let stays = memory?.stays ?? 0
  let expected = memory?.expected ?? 0
  let begun = memory?.begun ?? 0
  let isUsed = memory !== undefined
  let isRestoring = memory !== undefined
  let medians: Float64Array | null = null

  /** The ratio to expect of a request that has stayed for this multiple of its expected stay. */
  const ratioAfter = (stayed: number): number => {
    if (counted < fewestRatios) return stayed < 1 ? 1 : stayed * (1 + overdueShareUnknown)
    medians ??= conditionalMedians(ratios)
    const median = medians[stayed > 0 ? classOf(stayed) : 0] ?? 0
    return Math.max(median, stayed * (1 + overdueShare))
  }
  const enter = (end: FleetEnd | undefined, given?: number): Stay | null => {
    if (end === undefined) return null
    const since = given ?? clock()
    const all = typeof end === 'number' ? [end] : end.toSorted((a, b) => a - b)
    const ends = all.filter((time) => time > since)
    if (ends.length === 0) return null
    isUsed = true
    if (isRestoring) return { since, ends }
    begun += 1
    expected += medianOf(ends) - since
    return { since, ends }
  }
  return {
    isUsed: () => isUsed,
    enter,
    restored: () => {
      isRestoring = false
    },
    ended: ({ since, ends }) => {
      const stay = clock() - since
      // A clock that went back says nothing.
      if (!(stay > 0)) return
      const at = classOf(stay / (medianOf(ends) - since))
      ratios[at] = (ratios[at] ?? 0) + 1
      counted += 1
      stays += stay
      medians = null
      if (counted < mostRatios) return
      for (let index = 0; index < ratioClasses; index += 1) ratios[index] = (ratios[index] ?? 0) / 2
      counted /= 2
      stays /= 2
    },
    look: () => {
      const now = clock()
      const meanStay = counted >= fewestRatios ? stays / counted : expected / Math.max(1, begun)
      return {
        horizon: Math.max(Number.MIN_VALUE, horizonStays * meanStay),
        remaining: (stay) => {
          if (stay === null) return Number.POSITIVE_INFINITY
          const { since, ends } = stay
          const stayed = Math.max(0, now - since)
          const coming = ends.filter((time) => time > now)
          const span = medianOf(coming.length > 0 ? coming : ends.slice(-1)) - since
          return span * ratioAfter(stayed / span) - stayed
        },
      }
    },
    describe: () => (isUsed ? { ratios: [...ratios], stays, expected, begun } : null),
  }
}

function medianOf(ascending: readonly number[]): number {
  return ascending[(ascending.length - 1) >> 1] ?? 0
}

function classOf(ratio: number): number {
  let at = 0
  while (at < ratioClasses - 1 && ratio >= (classMiddles[at] ?? 0) * halfClass) at += 1
  return at
}

/** By class: the median of the ratios from this class on; 0: there are none. */
function conditionalMedians(ratios: Float64Array): Float64Array {
  const medians = new Float64Array(ratioClasses)
  let above = 0
  for (let from = ratioClasses - 1; from >= 0; from -= 1) {
    above += ratios[from] ?? 0
    let below = 0
    for (let at = from; at < ratioClasses && above > 0; at += 1) {
      below += ratios[at] ?? 0
      if (below < above / 2) continue
      medians[from] = classMiddles[at] ?? 0
      break
    }
  }
  return medians
}
