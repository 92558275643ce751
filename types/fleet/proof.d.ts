import type {
  CompactFleetOptions,
  FleetCompaction,
  FleetDrain,
  FleetInUse,
  MakeRoomOptions,
  MakeRoomResult,
} from './moves.js'
import type { FleetGpuChoice } from './online.js'
import type { FleetRequest } from './pack.js'

/** A question to `compactFleet`, `drainGpus` or `makeRoom`, as plain data. A snapshot serves as `fleet`. */
export type FleetPlanQuestion =
  | {
      readonly kind: 'compaction'
      readonly fleet: FleetInUse
      readonly options?: Pick<CompactFleetOptions, 'pinned' | 'costs'>
    }
  | {
      readonly kind: 'drain'
      readonly fleet: FleetInUse
      readonly which: FleetGpuChoice
      readonly options?: Pick<CompactFleetOptions, 'pinned' | 'costs'>
    }
  | {
      readonly kind: 'room'
      readonly fleet: FleetInUse
      readonly request: FleetRequest
      readonly options?: Pick<
        MakeRoomOptions,
        'pinned' | 'moveCost' | 'maxMoves' | 'live' | 'clearIdle'
      >
    }

/** An answer of one of these functions, with its certificate. */
export type FleetPlanAnswer = FleetCompaction | FleetDrain | MakeRoomResult

/** What `verifyPlan` found. */
export type PlanCheck =
  | {
      readonly valid: true
      /**
       * True: no plan is better, or there is none, as the answer says. False: the plan is legal and its
       * figures are right, but the certificate does not prove that it is the best.
       */
      readonly proven: boolean
    }
  | { readonly valid: false; readonly reason: string }
