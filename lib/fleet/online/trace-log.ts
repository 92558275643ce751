import type { FleetEnd, FleetRequest } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { Tables } from '../../solver/tables/tables.js'
import type { HindsightGpus, HindsightKind } from '../hindsight/hindsight-trace.js'
import type { FleetState, Holding } from './fleet-state.js'
import { createRequestOptions, type Options } from './request-options.js'

/** One instance of a request, placed or refused. Arrivals are counted, each request with all its members as one. */
export interface NotedStay {
  readonly request: string | null
  readonly kind: number
  readonly arrival: number
  readonly time: number
  /** When a refused request was to end; null: it did not say. */
  readonly expectedEnd: number | null
  readonly accepted: boolean
  readonly fixed: boolean
  /** The last arrival while it was there, and the time when it left. Null: it is there. */
  left: { readonly arrival: number; readonly time: number } | null
  /** True: the same request came again later. */
  isRepeated: boolean
}

/** The latest requests that a fleet has seen, for `regret`. */
export interface TraceLog {
  readonly asked: (
    request: FleetRequest,
    options: Options,
    count: number,
    placed: readonly Holding[] | null,
  ) => void
  /** It came with its GPU. */
  readonly came: (holding: Holding) => void
  readonly left: (holding: Holding) => void
  readonly read: () => NotedTrace
}

export interface NotedTrace {
  readonly kinds: readonly HindsightKind[]
  /** What was there before the first arrival, or came with its GPU. */
  readonly before: readonly NotedStay[]
  readonly stays: readonly NotedStay[]
  /** Number of the arrival that comes next. */
  readonly next: number
  readonly gpus: readonly HindsightGpus[]
  readonly now: number
}

/** `most`: so many instances are remembered, and those that were there before them. */
export function createTraceLog(state: FleetState, most: number, clock: () => number): TraceLog {
  const kinds: HindsightKind[] = []
  const kindByKey = new Map<string, number>()
  let kindByOptions = new WeakMap<Options, number>()
  let modelsVersion = state.modelsVersion
  const tablesNumbers = new Map<Tables, number>()
  const { heldOptionsOf } = createRequestOptions(state)

  let stays: NotedStay[] = []
  let first = 0
  let before: NotedStay[] = []
  const stayOf = new Map<Holding, NotedStay>()
  const refused = new Map<string, readonly NotedStay[]>()
  let gpus: HindsightGpus[] = []
  let gpuCount = -1
  let gpusVersion = -1
  let next = 0
  let latest = Number.NEGATIVE_INFINITY

  const now = (): number => {
    // A clock that goes back would change the order of what came.
    latest = Math.max(latest, clock())
    return latest
  }
  const numberKind = (kind: HindsightKind): number => {
    const parts = Array.from(kind.options, ([tables, positions]) => [
      cached(tablesNumbers, tables, () => tablesNumbers.size),
      ...positions,
    ])
    return cached(kindByKey, JSON.stringify(parts), () => kinds.push(kind) - 1)
  }
  const kindOf = (options: Options, asked: HindsightKind['asked']): number => {
    if (modelsVersion !== state.modelsVersion) {
      kindByOptions = new WeakMap()
      modelsVersion = state.modelsVersion
    }
    const known = kindByOptions.get(options)
    if (known !== undefined) return known
    const byTables = new Map<Tables, readonly number[]>()
    for (const { number, tables } of state.models.list) {
      const positions = options[number] ?? []
      if (positions.length > 0) byTables.set(tables, positions)
    }
    const kind = numberKind({ options: byTables, worth: leastUnits(byTables), asked })
    kindByOptions.set(options, kind)
    return kind
  }
  const ownKind = ({ gpu, place, asked }: Holding): number => {
    const { tables } = gpu.pool.model
    if (asked !== null) {
      const options = heldOptionsOf(asked)
      if (options.some((each) => each.length > 0)) return kindOf(options, profileOf(asked))
    }
    const position = tables.places[place]?.profilePosition ?? 0
    const profile = tables.profiles[position]?.profile.id ?? 0
    const own = new Map([[tables, [position]]])
    return numberKind({ options: own, worth: leastUnits(own), asked: { profile } })
  }
  const noteGpus = (): void => {
    if (gpuCount === state.gpuByName.size() && gpusVersion === state.modelsVersion) return
    gpuCount = state.gpuByName.size()
    gpusVersion = state.modelsVersion
    const counts = new Map<Tables, number>()
    for (const { capacity, model, gpuCount: count } of state.pools) {
      if (capacity.kind === 'whole' || count === 0) continue
      counts.set(model.tables, (counts.get(model.tables) ?? 0) + count)
    }
    gpus.push({ from: next, counts })
  }
  /** Forgets the oldest, in steps that cost little for each request. */
  const forget = (): void => {
    if (stays.length < 2 * most) return
    const gone = stays.slice(0, stays.length - most)
    stays = stays.slice(stays.length - most)
    first = stays[0]?.arrival ?? next
    for (const stay of gone) if (stay.accepted) before.push(stay)
    before = before.filter(({ left }) => left === null || left.arrival >= first)
    const isGone = (list: readonly NotedStay[]): boolean => (list[0]?.arrival ?? 0) < first
    for (const [id, list] of refused) if (isGone(list)) refused.delete(id)
    const base = gpus.findLastIndex(({ from }) => from <= first)
    gpus = gpus.slice(Math.max(0, base))
  }

  return {
    asked: (request, options, count, placed) => {
      if (request.wholeGpu === true) return
      noteGpus()
      const { id, expectedEnd } = request
      const time = now()
      const kind = kindOf(options, profileOf(request))
      const stay = (): NotedStay => ({
        request: id ?? null,
        kind,
        arrival: next,
        time,
        expectedEnd: expectedEnd === undefined ? null : medianOf(expectedEnd),
        accepted: placed !== null,
        fixed: false,
        left: null,
        isRepeated: false,
      })
      const list = Array.from({ length: Math.min(count, most) }, stay)
      if (id !== undefined) {
        for (const each of refused.get(id) ?? []) each.isRepeated = true
        if (placed === null) refused.set(id, list)
        else refused.delete(id)
      }
      for (const [index, each] of list.entries()) {
        stays.push(each)
        const holding = placed?.[index]
        if (holding !== undefined) stayOf.set(holding, each)
      }
      next += 1
      forget()
    },
    came: (holding) => {
      if (holding.place < 0 || holding.idle) return
      const stay: NotedStay = {
        request: holding.request,
        kind: ownKind(holding),
        arrival: next,
        time: now(),
        expectedEnd: null,
        accepted: true,
        fixed: true,
        left: null,
        isRepeated: false,
      }
      before.push(stay)
      stayOf.set(holding, stay)
    },
    left: (holding) => {
      const stay = stayOf.get(holding)
      if (stay === undefined) return
      stay.left = { arrival: next - 1, time: now() }
      stayOf.delete(holding)
    },
    read: () => {
      noteGpus()
      const window = stays.slice(-most)
      const older = stays.slice(0, -most).filter(({ accepted }) => accepted)
      return { kinds, before: [...before, ...older], stays: window, next, gpus, now: now() }
    },
  }
}

function profileOf({ profile, need }: FleetRequest): HindsightKind['asked'] {
  return profile === undefined ? { ...(need !== undefined && { need }) } : { profile }
}

function leastUnits(options: HindsightKind['options']): number {
  let least = Number.POSITIVE_INFINITY
  for (const [{ profiles }, positions] of options)
    for (const each of positions) least = Math.min(least, profiles[each]?.unitCount ?? 0)
  return Number.isFinite(least) ? least : 0
}

function medianOf(end: FleetEnd): number {
  if (typeof end === 'number') return end
  return end.toSorted((a, b) => a - b)[(end.length - 1) >> 1] ?? 0
}
