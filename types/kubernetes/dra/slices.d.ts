import type { MigPlan } from '../../machine/plan.js'
import type { Geometry } from '../../model/geometry.js'
import type { AnyGpuState, GpuUuid } from '../../model/state.js'
import type { DeviceAttributes } from './objects.js'

/** Where an instance of a profile may lie on a GPU of one geometry. */
export interface DevicePlace {
  /** `3g.20gb` */
  readonly profile: string
  /** The first memory unit. */
  readonly start: number
}

/** What is published of a node. A fact that is missing is left out of the attributes. */
export interface ResourceSliceOptions {
  /** The node, at most 180 characters, because the names of slices begin with it. It is also the name of its pool. */
  readonly node: string
  /**
   * `existing`: the MIG devices that are there. `all`: on each GPU with MIG on, every placement of every profile, with counters that
   * keep the scheduler from taking two that exclude each other. GPUs with MIG off are whole devices in both.
   */
  readonly partitions: 'existing' | 'all'
  /** Shows the node as it will be after this plan. Its MIG devices have no UUIDs yet. Default: as the state has it. */
  readonly plan?: MigPlan
  /** The DRA driver. Default: `gpu.nvidia.com`, NVIDIA's. */
  readonly driver?: string
  /**
   * All placements of a geometry, in the order in which the scheduler tries them. Only the order among those of one profile counts.
   * Default: by name, as NVIDIA's driver lists them, so the lowest start comes first.
   */
  readonly order?: (geometry: Geometry, gpu: AnyGpuState) => readonly DevicePlace[]
  /** The generation of the pool. Each change of a pool takes a greater one. Default: 1. */
  readonly generation?: number
  /**
   * `separate`: counters have slices of their own, as Kubernetes requires from 1.35. `combined`: counters and devices of a GPU share
   * a slice, as 1.34 requires. Default: `separate`.
   */
  readonly counters?: 'separate' | 'combined'
  /** The UID of the node's object. With it, the slices go when the node goes. */
  readonly nodeUid?: string
  /** The newest CUDA that the driver runs, as `13.0`. */
  readonly cudaVersion?: string
  /**
   * Further attributes of a GPU and its MIG devices, such as `brand`, or `resource.kubernetes.io/pcieRoot`: at most twelve of each GPU.
   * `type`, `uuid`, `parentUUID` and `profile` are not the caller's.
   */
  readonly attributes?: { readonly [gpu: GpuUuid]: DeviceAttributes }
}
