import type { Placement } from '../model/geometry.js'
import type { GpuUuid, MigState, MigUuid } from '../model/state.js'

/**
 * How sure something is before a plan runs. `known`: the device stays, with what it has. `expected`: the driver gives it,
 * as every driver that was seen. `unknown`: only the driver can say.
 */
export type Certainty = 'known' | 'expected' | 'unknown'

/** A MIG device as it will be after a plan. Null: not known beforehand. */
export interface PlannedDevice {
  readonly gpu: GpuUuid
  /** NVML's index. */
  readonly gpuIndex: number
  readonly origin: 'kept' | 'created'
  /** `3g.20gb` */
  readonly name: string
  /** The memory units of its GPU instance. */
  readonly placement: Placement
  /** The compute slices in its GPU instance. Null: the driver chooses. */
  readonly computePlacement: Placement | null
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
  /** `0:1` */
  readonly index: string | null
  readonly uuid: MigUuid | null
  /** Ids, and so the legacy UUID and the device nodes; the index, which depends on all ids of the GPU; the UUID. */
  readonly certainty: {
    readonly ids: Certainty
    readonly index: Certainty
    readonly uuid: Certainty
  }
}

/** A machine as it will be after a plan. */
export interface PlannedState {
  /**
   * For every function that takes a state. GPUs of which an id is unknown are left out, and UUIDs that are unknown are
   * null.
   */
  readonly state: MigState
  /** Every MIG device of the GPUs in the plan. */
  readonly devices: readonly PlannedDevice[]
}
