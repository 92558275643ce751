import type { Placement } from '../model/geometry.js'
import type { GpuUuid, MigMode } from '../model/state.js'
import type { ApplyOptions, DriverOptions } from './options.js'

/** A compute instance in a checkpoint: enough to create it again. */
export interface CheckpointComputeInstance {
  /** The driver's id of the compute instance profile. */
  readonly profileId: number
  /** The profile's name, such as `1c.3g.20gb`. */
  readonly name: string
  /** Compute slices that it spans. */
  readonly sliceCount: number
  /** In compute slices of its GPU instance; null where the driver did not report it. */
  readonly placement: Placement | null
}

/** A GPU instance in a checkpoint: enough to create it again at its place. */
export interface CheckpointGpuInstance {
  /** The driver's id of the GPU instance profile. */
  readonly profileId: number
  readonly profileName: string
  /** In memory slices. */
  readonly placement: Placement
  readonly computeInstances: readonly CheckpointComputeInstance[]
}

/** A GPU in a checkpoint. It supports MIG. */
export interface CheckpointGpu {
  /** A restore finds the GPU by its UUID alone. */
  readonly uuid: GpuUuid
  /** NVML's index when the checkpoint was taken; only for people. */
  readonly index: number
  /** NVML's name of the model. A checkpoint of another model is not restored. */
  readonly name: string
  readonly mig: MigMode
  readonly gpuInstances: readonly CheckpointGpuInstance[]
}

/** How the GPUs of a machine were divided at one moment, with every placement. Plain data, frozen. */
export interface MigCheckpoint {
  readonly version: 'mig-nvml/checkpoint/v1'
  /** When it was taken, in ISO 8601. */
  readonly takenAt: string
  readonly driverVersion: string
  /** In ascending order of index, without GPUs that do not support MIG. */
  readonly gpus: readonly CheckpointGpu[]
}

/** A checkpoint of NVIDIA's MIG Partition Editor. It has NVML's profile indexes, not the driver's profile ids. */
export interface PartedCheckpoint {
  /** `v1` or empty. */
  readonly Version?: string
  readonly MigState: {
    readonly Devices: readonly PartedDevice[] | null
  }
}

/** A GPU in a checkpoint of mig-parted. */
export interface PartedDevice {
  readonly UUID: string
  /** 0 is off, 1 is on. */
  readonly MigMode: number
  readonly GpuInstances: readonly PartedGpuInstance[] | null
}

/** A GPU instance in a checkpoint of mig-parted. It has no placements of compute instances. */
export interface PartedGpuInstance {
  readonly ProfileID: number
  readonly Placement: { readonly Start: number; readonly Size: number }
  readonly ComputeInstances:
    | readonly { readonly ProfileID: number; readonly EngProfileID: number }[]
    | null
}

/** A checkpoint of either kind as an object, or the path or URL of a file with one as JSON. */
export type CheckpointInput = MigCheckpoint | PartedCheckpoint | string | URL

/** Options of `checkpointMig`. */
export interface CheckpointOptions extends DriverOptions {
  /** Also write the checkpoint to this file, as JSON. A reader finds either the old content or all of the new. */
  readonly file?: string | URL
}

/** Options of `restoreMig`: those of an apply. Here `matching` concerns only the hooks. */
export type RestoreOptions = Omit<ApplyOptions, 'config'>
