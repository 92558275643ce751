import type { Placement } from '../model/geometry.js'
import type { GpuUuid, MigMode } from '../model/state.js'
import type { ApplyOptions, DriverOptions } from './options.js'

/** A compute instance as it was: enough to make it again. */
export interface CheckpointComputeInstance {
  readonly profileId: number
  readonly name: string
  readonly sliceCount: number
  /** Null where the driver could not tell. */
  readonly placement: Placement | null
}

/** A GPU instance as it was: enough to make it again at its place. */
export interface CheckpointGpuInstance {
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
  readonly computeInstances: readonly CheckpointComputeInstance[]
}

/** One GPU that can do MIG. */
export interface CheckpointGpu {
  /** It is found again by this alone. */
  readonly uuid: GpuUuid
  /** For people. */
  readonly index: number
  /** NVML's name of the model: what was taken of another is not restored. */
  readonly name: string
  readonly mig: MigMode
  readonly gpuInstances: readonly CheckpointGpuInstance[]
}

/** How the GPUs of a machine were divided at one moment, with every place. Plain, frozen, serialisable. */
export interface MigCheckpoint {
  readonly version: 'mig-nvml/checkpoint/v1'
  /** ISO 8601. */
  readonly takenAt: string
  readonly driverVersion: string
  /** In ascending order of index; GPUs that cannot do MIG are left out. */
  readonly gpus: readonly CheckpointGpu[]
}

/** The checkpoint of NVIDIA's MIG Partition Editor. Its profiles are NVML's indexes, not the driver's ids. */
export interface PartedCheckpoint {
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

/** A GPU instance in a checkpoint of mig-parted. It does not say where compute instances sit. */
export interface PartedGpuInstance {
  readonly ProfileID: number
  readonly Placement: { readonly Start: number; readonly Size: number }
  readonly ComputeInstances:
    | readonly { readonly ProfileID: number; readonly EngProfileID: number }[]
    | null
}

/** Either, as an object; or where a file with one is. */
export type CheckpointInput = MigCheckpoint | PartedCheckpoint | string | URL

/** Of `checkpointMig`. */
export interface CheckpointOptions extends DriverOptions {
  /** Also write it there, as JSON: whoever reads the file finds the old content or the whole new one. */
  readonly file?: string | URL
}

/** `matching` is about the hooks alone. */
export type RestoreOptions = Omit<ApplyOptions, 'config'>
