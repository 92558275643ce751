import type { Placement } from '../model/geometry.js'
import type { GpuProcess, GpuUuid, MigUuid } from '../model/state.js'
import type { StepReason } from '../solver/repartition.js'

/** Why a step is taken; as the solver's `StepReason`, with what is created by its name. */
export type PlanReason =
  | Exclude<StepReason, { readonly kind: 'in-the-way' }>
  /** It lies where `of` is created: a GPU instance, or a compute instance in the same GPU instance. */
  | {
      readonly kind: 'in-the-way'
      readonly of: { readonly name: string; readonly placement: Placement | null }
    }

/** The fields that all steps have. */
interface StepOnGpu {
  readonly gpu: GpuUuid
  /** NVML's index, for people. */
  readonly gpuIndex: number
  readonly reason?: PlanReason
}

/** Sets the MIG mode with `nvmlDeviceSetMigMode`. */
export interface SetMigModeStep extends StepOnGpu {
  readonly kind: 'set-mig-mode'
  /** The wanted mode. */
  readonly enabled: boolean
  /** This GPU changes its mode only by a reset. */
  readonly needsReset?: true
  /** The reset must not be done. Only for a GPU that is brought back to a state in which a mode was pending. */
  readonly staysPending?: true
}

/** Destroys a compute instance with `nvmlComputeInstanceDestroy`. */
export interface DestroyComputeInstanceStep extends StepOnGpu {
  readonly kind: 'destroy-compute-instance'
  readonly gpuInstanceId: number
  readonly computeInstanceId: number
  /** The profile. This field and the next ones describe what is lost, so that it can be created again. */
  readonly profileId: number
  readonly name: string
  readonly sliceCount: number
  readonly placement: Placement | null
  readonly gpuInstancePlacement: Placement
  readonly uuid: MigUuid | null
}

/** Destroys an empty GPU instance with `nvmlGpuInstanceDestroy`. */
export interface DestroyGpuInstanceStep extends StepOnGpu {
  readonly kind: 'destroy-gpu-instance'
  readonly gpuInstanceId: number
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
}

/**
 * Creates a GPU instance with `nvmlDeviceCreateGpuInstanceWithPlacement`. Drivers before R460 choose the placement
 * themselves; the order of the steps leads them to the planned one.
 */
export interface CreateGpuInstanceStep extends StepOnGpu {
  readonly kind: 'create-gpu-instance'
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
}

/**
 * Creates a compute instance. One that fills its GPU instance has only one placement and is created with
 * `nvmlGpuInstanceCreateComputeInstance`. Any other is created with `nvmlGpuInstanceCreateComputeInstanceWithPlacement`,
 * at the listed placement with the planned start. An apply first compares the plan with the driver's list: see the event
 * `replanned`.
 */
export interface CreateComputeInstanceStep extends StepOnGpu {
  readonly kind: 'create-compute-instance'
  /** The placement of its GPU instance, which may not exist before the plan runs. */
  readonly gpuInstancePlacement: Placement
  readonly gpuInstanceProfileId: number
  readonly name: string
  readonly sliceCount: number
  /** The profile, where several have as many slices. Absent: the one with the most multiprocessors. */
  readonly profileId?: number
  /** Null: the driver chooses. */
  readonly placement: Placement | null
}

/** One change of the driver. Plain data. */
export type PlanStep =
  | SetMigModeStep
  | DestroyComputeInstanceStep
  | DestroyGpuInstanceStep
  | CreateGpuInstanceStep
  | CreateComputeInstanceStep

/** What an apply will do to one GPU. */
export interface GpuPlan {
  readonly gpu: GpuUuid
  readonly gpuIndex: number
  /** Position, in the configuration's list, of the entry that decides, from 0. */
  readonly entry: number
  /** In the order in which they must run. After each step the GPU is in a legal state. */
  readonly steps: readonly PlanStep[]
  /** How the GPU will be after the steps. */
  readonly target: TargetGpu
  /** The configuration states the placement of each instance, so no other placement may be chosen. */
  readonly placed?: true
  /** The processes that lose what they hold. Only with the option `evict`, where there is no other way. */
  readonly evicted?: readonly GpuProcess[]
}

/** A compute instance in a target. */
export interface TargetComputeInstance {
  readonly name: string
  readonly sliceCount: number
  /** Present for an instance that existed before and must come back with the same profile. */
  readonly profileId?: number
  /** In compute slices of its GPU instance. Null: the driver chooses. */
  readonly placement: Placement | null
}

/** A GPU instance in a target: it is at its placement already, or is created there. */
export interface TargetGpuInstance {
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
  readonly computeInstances: readonly TargetComputeInstance[]
}

/** The state that a GPU must have after an apply. */
export interface TargetGpu {
  readonly migEnabled: boolean
  /** The mode after the next GPU reset, if it differs from `migEnabled`. Only for a GPU that is brought back. */
  readonly migPending?: boolean
  readonly gpuInstances: readonly TargetGpuInstance[]
}

/** What an apply will do. Plain data, to print or store. */
export interface MigPlan {
  /** The name of the configuration; of a request, what it wants: `3g.20gb=2 1g.5gb`, `add 1g.5gb`, `no instances`. */
  readonly config: string
  /** The GPUs that the configuration names, in ascending order of index. A GPU with nothing to do has no steps. */
  readonly gpus: readonly GpuPlan[]
  /** Warnings for people, such as an entry whose filter matches no GPU here. */
  readonly warnings: readonly string[]
}
