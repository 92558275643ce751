import type { MigPlan } from '../machine/plan.js'
import type { GpuUuid, MigUuid } from '../model/state.js'

/**
 * How NVIDIA's device plugin and gpu-feature-discovery show MIG devices. `none`: not at all. `single`: as `nvidia.com/gpu`,
 * for a node on which all are of one size. `mixed`: each size as a resource of its own, `nvidia.com/mig-3g.20gb`.
 */
export type MigStrategy = 'none' | 'single' | 'mixed'

/** What a node shows: by which strategy, and when. */
export interface StrategyOptions {
  readonly strategy: MigStrategy
  /** Shows the node as it will be after this plan. Default: as the state has it. */
  readonly plan?: MigPlan
}

/** Something about a node that a strategy does not bear, or that surprises pods. */
export interface StrategyProblem {
  /**
   * - `empty-gpu`: MIG is on, and there is no MIG device.
   * - `mig-on-some`: only some GPUs have MIG on.
   * - `several-sizes`: the MIG devices differ.
   * - `part-of-instance`: a MIG device has a part of its GPU instance's compute slices, such as `1c.3g.20gb`.
   * - `hidden-devices`: MIG is on, and pods get the whole GPU all the same.
   * - `long-label`: the value of a label is longer than 63 characters, so node-feature-discovery leaves the label out.
   * - `several-models`: the GPUs are of several models, of which the labels name only one.
   * - `unseen-devices`: the driver does not show all MIG devices to the process that read the state.
   */
  readonly kind:
    | 'empty-gpu'
    | 'mig-on-some'
    | 'several-sizes'
    | 'part-of-instance'
    | 'hidden-devices'
    | 'long-label'
    | 'several-models'
    | 'unseen-devices'
  /**
   * `invalid`: the device plugin refuses to start, and gpu-feature-discovery marks the node as invalid. `warning`: it works,
   * though not as one may expect.
   */
  readonly severity: 'invalid' | 'warning'
  /** The NVML indexes of the GPUs that it is about. */
  readonly gpus: readonly number[]
  /** A sentence for people. */
  readonly message: string
}

/** Devices by resource name: `nvidia.com/gpu`, `nvidia.com/mig-3g.20gb`. Null: the UUID is not known, as before a plan runs. */
export type NodeResources = {
  readonly [resource: string]: readonly (GpuUuid | MigUuid | null)[]
}
