import type { Geometry } from '../model/geometry.js'

/** Options of `regret`. */
export interface RegretOptions {
  /** Milliseconds from the call. Soon after, the figures so far are returned. Default: no deadline. */
  readonly deadlineMs?: number
  /** A limit as an amount of work, the same on every machine: about one microsecond for each unit. Default: no limit. */
  readonly workUnits?: number
  /** True: the answer has a `certificate`. Default: false. */
  readonly certify?: boolean
  /** Aborting it rejects the call with the signal's reason. */
  readonly signal?: AbortSignal
}

/** One instance that a request asked for. */
export interface RegretStay {
  /** `id` of the request. Null: it has none. */
  readonly request: string | null
  /** Position in `kinds`. */
  readonly kind: number
  /** The arrivals at which it was there, or would have been: positions in `times`. */
  readonly first: number
  readonly last: number
  readonly accepted: boolean
  /** True: it was there before the first arrival, or came with its GPU. It takes room and counts nothing. Omitted: false. */
  readonly fixed?: true
  /** True: nobody has said when it ends. Omitted: false. */
  readonly assumed?: true
}

/** What proves the figures of `regret`: what came, what was accepted, and prices of room. Plain data, safe for JSON. */
export interface RegretCertificate {
  readonly version: 1
  readonly kind: 'regret'
  /** The geometries of the GPUs, and of what the requests may use. */
  readonly geometries: readonly Geometry[]
  /** Requests that the same profiles serve: for each geometry that has some, their ids. */
  readonly kinds: readonly {
    readonly options: readonly {
      readonly geometry: number
      readonly profileIds: readonly number[]
    }[]
  }[]
  /** When each request came, by the clock of the fleet. */
  readonly times: readonly number[]
  /** So many GPUs of each geometry, from an arrival on. The first entry is for arrival 0. */
  readonly gpus: readonly { readonly from: number; readonly counts: readonly number[] }[]
  readonly stays: readonly RegretStay[]
  /**
   * Each rule has a price for an instance of each kind. At each arrival that it lists, `price` is paid for a unit of that. No GPU can
   * hold more than its dearest set of instances. Whole numbers from 0: of `ofKind` below 2^20, of the others below 2^45.
   */
  readonly prices: {
    /** A memory unit, in the unit of `price`. From 1. */
    readonly denominator: number
    readonly rules: readonly {
      readonly ofKind: readonly number[]
      readonly at: readonly { readonly arrival: number; readonly price: number }[]
    }[]
  }
}

/** What `verifyRegret` found. */
export type RegretCheck =
  | { readonly valid: true }
  | { readonly valid: false; readonly reason: string }

/**
 * What a fleet has accepted of its latest requests, and what it could have. Requests for whole GPUs are left out. A request that
 * was refused and came again with its `id` counts once, as it came last.
 */
export interface FleetRegret {
  /** When the first of these requests came, by the clock of the fleet. Null: none has come. */
  readonly since: number | null
  /** Instances: a request with `count` is as many. */
  readonly requests: {
    readonly asked: number
    readonly accepted: number
    /**
     * How many refused ones did not say when they end. They are taken to stay as long as accepted ones for the same
     * profiles did. The other figures depend on that.
     */
    readonly assumedStays: number
  }
  /**
   * Memory units of these instances, as placements count them. An instance counts those of the smallest profile that serves.
   */
  readonly memoryUnits: {
    readonly asked: number
    readonly accepted: number
    /**
     * What is accepted if every instance moves freely whenever a request needs it to, and the first to come is the first
     * to be served. Moves that a stopped search did not find are missing.
     */
    readonly withMoves: number
    /**
     * No choice of requests is worth more, with any moves and with all of the future known. Whole prices of room at each
     * arrival prove it. It ignores filters, reservations, cordons, and rules about neighbours.
     */
    readonly bound: number
  }
  /** Which limit ended the search. Null: none. */
  readonly stopped: 'deadline' | 'work-units' | null
  /** With `certify`: what `verifyRegret` checks the figures by. */
  readonly certificate?: RegretCertificate
}
