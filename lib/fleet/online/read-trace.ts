import type { HindsightStay, HindsightTrace } from '../hindsight/hindsight-trace.js'
import type { NotedStay, NotedTrace } from './trace-log.js'

export interface ReadTrace {
  readonly trace: HindsightTrace
  /** By arrival. */
  readonly times: readonly number[]
  /** Refused requests that did not say when they end. */
  readonly assumedStays: number
  readonly since: number | null
}

/**
 * The trace for a look back, with the stays that refused requests would have had: as they said, else those of
 * accepted requests of their kind, one after the other, so that they are spread alike.
 */
export function readTrace(noted: NotedTrace): ReadTrace {
  const { kinds, before, next, now } = noted
  const stays = noted.stays.filter(({ isRepeated }) => !isRepeated)
  const first = noted.stays[0]?.arrival ?? next
  const arrivals = next - first
  const times = listTimes(noted.stays, first, arrivals)
  const lastArrival = arrivals - 1
  const observed = createStayLengths([...before, ...stays])
  let assumedStays = 0

  const endOf = ({ kind, time, expectedEnd }: NotedStay): number => {
    if (expectedEnd !== null) return expectedEnd
    assumedStays += 1
    const length = observed.next(kind)
    return length === null ? now : time + length
  }
  const toStay = (stay: NotedStay, fixed: boolean): HindsightStay => {
    const { request, kind, accepted, arrival, left, expectedEnd } = stay
    const at = Math.max(0, arrival - first)
    const ends = (): number => lastBefore(times, endOf(stay))
    const last = accepted ? (left === null ? lastArrival : left.arrival - first) : ends()
    const assumed = !accepted && expectedEnd === null
    const range = { first: at, last: Math.max(fixed ? last : at, last) }
    return { request, kind, ...range, accepted, fixed, assumed }
  }
  const all = [
    ...before.map((stay) => toStay(stay, true)),
    ...stays.map((stay) => toStay(stay, false)),
  ].filter((stay) => stay.last >= stay.first && stay.first < arrivals)
  const gpus = noted.gpus.map(({ from, counts }) => ({ from: Math.max(0, from - first), counts }))
  return {
    trace: { kinds, arrivals, gpus, stays: all.sort((a, b) => a.first - b.first) },
    times: [...times],
    assumedStays,
    since: noted.stays[0]?.time ?? null,
  }
}

/** By arrival: its time. */
function listTimes(stays: readonly NotedStay[], first: number, arrivals: number): Float64Array {
  const times = new Float64Array(arrivals)
  for (const { arrival, time } of stays) times[arrival - first] = time
  return times
}

/** The last arrival that comes before this time; -1: there is none. */
function lastBefore(times: Float64Array, time: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The lengths of stays that have ended, over and over. Null: none of any kind is known. */
function createStayLengths(stays: readonly NotedStay[]): {
  readonly next: (kind: number) => number | null
} {
  const all: number[] = []
  const byKind = new Map<number, number[]>()
  for (const { kind, time, left, fixed } of stays) {
    if (left === null || fixed) continue
    const own = byKind.get(kind) ?? []
    byKind.set(kind, own)
    own.push(left.time - time)
    all.push(left.time - time)
  }
  const taken = new Map<number, number>()
  return {
    next: (kind) => {
      const list = byKind.get(kind) ?? all
      const index = taken.get(kind) ?? 0
      taken.set(kind, index + 1)
      return list[index % list.length] ?? null
    },
  }
}
