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
  /** Default: 1. */
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
