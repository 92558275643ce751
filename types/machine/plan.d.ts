import type { Placement } from '../model/geometry.js'
import type { GpuProcess, GpuUuid, MigUuid } from '../model/state.js'
import type { StepReason } from '../solver/repartition.js'

/** Why a step is taken; as the solver's `StepReason`, with what is created by its name. */
export type PlanReason =
  | Exclude<StepReason, { readonly kind: 'in-the-way' }>
  /** It lies where this one is created: a GPU instance, or a compute instance of the same GPU instance. */
  | {
      readonly kind: 'in-the-way'
      readonly of: { readonly name: string; readonly placement: Placement | null }
    }

/** What all steps have. */
interface StepOnGpu {
  readonly gpu: GpuUuid
  /** NVML's index, for people. */
  readonly gpuIndex: number
  readonly reason?: PlanReason
}

/** `nvmlDeviceSetMigMode` */
export interface SetMigModeStep extends StepOnGpu {
  readonly kind: 'set-mig-mode'
  /** The wanted mode. */
  readonly enabled: boolean
  /** This GPU changes its mode by a reset. */
  readonly needsReset?: true
  /** The reset is not to be done. Only of a GPU that is brought back to where a mode waited for it. */
  readonly staysPending?: true
}

/** `nvmlComputeInstanceDestroy` */
export interface DestroyComputeInstanceStep extends StepOnGpu {
  readonly kind: 'destroy-compute-instance'
  readonly gpuInstanceId: number
  readonly computeInstanceId: number
  /** What is lost: enough to make it again. */
  readonly profileId: number
  readonly name: string
  readonly sliceCount: number
  readonly placement: Placement | null
  readonly gpuInstancePlacement: Placement
  readonly uuid: MigUuid | null
}

/** `nvmlGpuInstanceDestroy`, when nothing is in it any more. */
export interface DestroyGpuInstanceStep extends StepOnGpu {
  readonly kind: 'destroy-gpu-instance'
  readonly gpuInstanceId: number
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
}

/**
 * `nvmlDeviceCreateGpuInstanceWithPlacement`; before R460 without a place, in an order that leads
 * there.
 */
export interface CreateGpuInstanceStep extends StepOnGpu {
  readonly kind: 'create-gpu-instance'
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
}

/**
 * `nvmlGpuInstanceCreateComputeInstance` for the one that fills its GPU instance, which has one place only;
 * else `nvmlGpuInstanceCreateComputeInstanceWithPlacement` with the entry of the driver's list that has this
 * start. An apply compares the planned places with that list first: see the event `replanned`.
 */
export interface CreateComputeInstanceStep extends StepOnGpu {
  readonly kind: 'create-compute-instance'
  /** The GPU instance, by its place: it may not exist before the plan runs. */
  readonly gpuInstancePlacement: Placement
  readonly gpuInstanceProfileId: number
  readonly name: string
  readonly sliceCount: number
  /** Of several profiles with as many slices, this one; absent: the one with the most multiprocessors. */
  readonly profileId?: number
  /** Null: the driver chooses. */
  readonly placement: Placement | null
}

/** One changing call to the driver. Plain data. */
export type PlanStep =
  | SetMigModeStep
  | DestroyComputeInstanceStep
  | DestroyGpuInstanceStep
  | CreateGpuInstanceStep
  | CreateComputeInstanceStep

/** What happens to one GPU. */
export interface GpuPlan {
  readonly gpu: GpuUuid
  readonly gpuIndex: number
  /** The entry of the configuration that decides: its position in the list. */
  readonly entry: number
  /** In the order in which they must run. Every prefix leaves a legal state. */
  readonly steps: readonly PlanStep[]
  readonly target: TargetGpu
  /** The configuration names the place of each instance: none goes elsewhere. */
  readonly placed?: true
  /** Processes that lose what they hold; only with the option `evict`, and where there is no other way. */
  readonly evicted?: readonly GpuProcess[]
}

/** How a compute instance shall be. */
export interface TargetComputeInstance {
  readonly name: string
  readonly sliceCount: number
  /** Of an instance that was there: it comes back as what it was. */
  readonly profileId?: number
  readonly placement: Placement | null
}

/** How a GPU instance shall be: what is at its place already, or is created there. */
export interface TargetGpuInstance {
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
  readonly computeInstances: readonly TargetComputeInstance[]
}

/** How a GPU shall be afterwards. */
export interface TargetGpu {
  readonly migEnabled: boolean
  /** The mode after the next GPU reset, where that shall be another. Only a GPU that is brought back has it. */
  readonly migPending?: boolean
  readonly gpuInstances: readonly TargetGpuInstance[]
}

/** What an apply will do. Data: print it, store it, look at it. */
export interface MigPlan {
  /** The name of the configuration. */
  readonly config: string
  /** GPUs that the configuration names, in ascending order of index; those with nothing to do have no steps. */
  readonly gpus: readonly GpuPlan[]
  /** Things a person should know, such as an entry whose filter matches no GPU here. */
  readonly warnings: readonly string[]
}
