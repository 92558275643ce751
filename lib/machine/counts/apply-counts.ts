import type {
  ApplyCounts,
  CountedOutcome,
  CountedRecovery,
  OutcomeCount,
} from '../../../types/machine/metrics.js'
import { wordsOf } from '../../model/checks/kinds.js'

const outcomes = wordsOf<CountedOutcome>({
  unchanged: true,
  applied: true,
  undone: true,
  partial: true,
  failed: true,
  refused: true,
})

const recoveries = wordsOf<CountedRecovery>({
  finished: true,
  undone: true,
  superseded: true,
  obsolete: true,
  'set-aside': true,
})

/** More than there are codes. */
const mostCodes = 100
/** Failures with no code of ours, or with one too many. */
export const otherCode = 'OTHER'
const codeForm = /^[A-Z][A-Z0-9_]{1,63}$/

/** One apply or recovery that has ended. */
export interface CountedEnd {
  readonly outcome: CountedOutcome | null
  readonly seconds: number
  /** Seconds since 1970. */
  readonly endedAt: number
  /** The code of the error that ended it. */
  readonly code: string | null
  readonly recovered: readonly CountedRecovery[]
}

export const noCounts: ApplyCounts = parseCounts({})

/** Counts from anything that a file may hold. What is no count in it counts as 0. */
export function parseCounts(data: unknown): ApplyCounts {
  const { outcomes: ended, failures, recovered } = fieldsOf(data)
  return {
    outcomes: recordOf(outcomes, (name) => {
      const { count, seconds, lastEnd } = fieldsOf(fieldsOf(ended)[name])
      return {
        count: wholeOf(count),
        seconds: amountOf(seconds),
        lastEnd: amountOf(lastEnd),
      }
    }),
    failures: addByCode(
      Object.entries(fieldsOf(failures)).map(([code, count]) => [code, wholeOf(count)]),
    ),
    recovered: recordOf(recoveries, (name) => wholeOf(fieldsOf(recovered)[name])),
  }
}

export function addEnd(counts: ApplyCounts, end: CountedEnd): ApplyCounts {
  const { outcome, code, seconds, endedAt } = end
  const one: OutcomeCount = { count: 1, seconds, lastEnd: endedAt }
  return addCounts(counts, {
    outcomes: outcome === null ? noCounts.outcomes : { ...noCounts.outcomes, [outcome]: one },
    failures: code === null ? {} : { [code]: 1 },
    recovered: recordOf(
      recoveries,
      (name) => end.recovered.filter((recovery) => recovery === name).length,
    ),
  })
}

export function addCounts(a: ApplyCounts, b: ApplyCounts): ApplyCounts {
  return {
    outcomes: recordOf(outcomes, (name) => ({
      count: a.outcomes[name].count + b.outcomes[name].count,
      seconds: a.outcomes[name].seconds + b.outcomes[name].seconds,
      lastEnd: Math.max(a.outcomes[name].lastEnd, b.outcomes[name].lastEnd),
    })),
    failures: addByCode([...Object.entries(a.failures), ...Object.entries(b.failures)]),
    recovered: recordOf(recoveries, (name) => a.recovered[name] + b.recovered[name]),
  }
}

/** A driver may invent return codes without end, and each would be a series for ever. */
function addByCode(
  counts: readonly (readonly [code: string, count: number])[],
): Record<string, number> {
  const sums = new Map<string, number>()
  const inOrder = counts.toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const [code, count] of inOrder) {
    const isKnown = sums.has(code) || (codeForm.test(code) && sums.size < mostCodes)
    const name = isKnown ? code : otherCode
    sums.set(name, (sums.get(name) ?? 0) + count)
  }
  return Object.fromEntries(sums)
}

function recordOf<Name extends string, Value>(
  names: readonly Name[],
  makeValue: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, makeValue(name)])) as Record<Name, Value>
}

function fieldsOf(data: unknown): Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null ? { ...data } : {}
}

function wholeOf(value: unknown): number {
  return Number.isSafeInteger(value) ? amountOf(value) : 0
}

function amountOf(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : 0
}
