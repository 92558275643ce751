import type { FleetRequest } from '../../../types/fleet/pack.js'
import type { Tables } from '../../solver/tables/tables.js'

/** Requests that the same profiles serve. */
export interface HindsightKind {
  /** By geometry: positions of the profiles that serve, the best first. */
  readonly options: ReadonlyMap<Tables, readonly number[]>
  /** The memory units that one of them counts. */
  readonly worth: number
  /** What it asks. Only GPUs of `options` serve. */
  readonly asked: Pick<FleetRequest, 'profile' | 'need'>
}

/** One instance. Time is counted in arrivals, because nothing can be in the way between them. */
export interface HindsightStay {
  readonly request: string | null
  readonly kind: number
  /** The arrivals at which it is there, or would be. */
  readonly first: number
  readonly last: number
  readonly accepted: boolean
  /** It was there before the first arrival, or came with its GPU: it stays, and counts nothing. */
  readonly fixed: boolean
  /** Nobody has said when it ends. */
  readonly assumed: boolean
}

/** So many GPUs of each geometry, from an arrival on. */
export interface HindsightGpus {
  readonly from: number
  readonly counts: ReadonlyMap<Tables, number>
}

/** What came and went, as far as a look back has to know it. */
export interface HindsightTrace {
  readonly kinds: readonly HindsightKind[]
  /** In the order of their first arrivals. */
  readonly stays: readonly HindsightStay[]
  readonly arrivals: number
  /** In the order of time, the first from arrival 0. */
  readonly gpus: readonly HindsightGpus[]
}

/** The GPUs at each arrival. */
export function gpusAt({ gpus, arrivals }: HindsightTrace): readonly HindsightGpus['counts'][] {
  let next = 0
  let counts: HindsightGpus['counts'] = new Map()
  return Array.from({ length: arrivals }, (_, arrival) => {
    for (let each = gpus[next]; each !== undefined && each.from <= arrival; each = gpus[next]) {
      counts = each.counts
      next += 1
    }
    return counts
  })
}

/** All geometries that some GPU had. */
export function tablesOf({ gpus }: HindsightTrace): readonly Tables[] {
  return [...new Set(gpus.flatMap(({ counts }) => [...counts.keys()]))]
}
