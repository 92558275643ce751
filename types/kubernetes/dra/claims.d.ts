import type { GpuUuid } from '../../model/state.js'
import type { Layout } from '../../solver/layout.js'

/** The classes that claims and pods name. */
export interface DeviceClassOptions {
  /** Default: `gpu.nvidia.com`. */
  readonly driver?: string
  /**
   * Whether pods that request `nvidia.com/gpu` or `nvidia.com/mig-3g.20gb` in their `limits` get devices of these classes, so that they run
   * unchanged. Only one class of a cluster may have such a name. Default: true.
   */
  readonly extendedResourceNames?: boolean
}

/** MIG devices, or whole GPUs, that a claim wants. */
export interface ClaimedDevices {
  /** `3g.20gb`. Absent: whole GPUs. */
  readonly profile?: string
  /** Default: 1. A claim has at most 32 devices. */
  readonly count?: number
}

/** How a claim is called, and where its devices are. */
export interface ClaimOptions {
  readonly name: string
  readonly namespace?: string
  /** Default: `gpu.nvidia.com`. */
  readonly driver?: string
  /** All MIG devices of the claim are to be on one GPU. Default: false. */
  readonly sameGpu?: boolean
}

/** Where claims have their devices. */
export interface ClaimedLayoutOptions {
  /** The node, which is the name of its pool. */
  readonly node: string
  /** Default: `gpu.nvidia.com`. */
  readonly driver?: string
}

/** The request that a device serves. */
export interface ClaimedBy {
  readonly claim: string
  readonly namespace?: string
  /** The request, or `request/subrequest`. */
  readonly request: string
}

/** A GPU of the node, as the claims want it. */
export interface ClaimedGpu {
  readonly gpu: GpuUuid
  /** NVML's index. */
  readonly gpuIndex: number
  /** What has the whole GPU, which has MIG off then. Null: nothing. */
  readonly whole: ClaimedBy | null
  /** The claimed instances, in ascending order of placement, as the functions of `mig-nvml/solver` take them. Empty: no claim has any. */
  readonly layout: Layout
  /** For each GPU instance of `layout`, what has its MIG devices. */
  readonly claimedBy: readonly (readonly ClaimedBy[])[]
}
