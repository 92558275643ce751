/** Options of `listCapabilityNodes` and `createCapabilityNodes`. */
export interface CapabilityNodeOptions {
  /** The root of the file tree in which the driver's `proc` and `dev` lie. Default: `$MIG_NVML_ROOT`, else `/`. */
  readonly root?: string
}

/**
 * A device node below `/dev/nvidia-caps`. A process that may open it has one capability of MIG (MIG User Guide, "Device
 * Nodes and Capabilities").
 */
export interface CapabilityNode {
  /** Without the root: `/dev/nvidia-caps/nvidia-cap12`. */
  readonly path: string
  /**
   * `mig/config`, `mig/monitor`, a GPU instance (`gpu0/gi1`) or a compute instance (`gpu0/gi1/ci0`). The number of the
   * GPU is that of `/dev/nvidia<N>`, not NVML's index.
   */
  readonly capability: string
  /** That of `nvidia-caps` in `/proc/devices`; it can differ after each load of the driver. */
  readonly major: number
  readonly minor: number
  /** Permission bits that the driver wants: 0o444. */
  readonly mode: number
  /**
   * `other-device`: there is something else at the path, such as a node with the numbers of an earlier load of the driver.
   * `other-permissions`: its mode is another, or it does not belong to root.
   */
  readonly state: 'present' | 'missing' | 'other-device' | 'other-permissions'
  /** False: the driver wants nobody to make or change the node (`DeviceFileModify: 0`). */
  readonly mayChange: boolean
}

/** What `createCapabilityNodes` has done. */
export interface CreatedCapabilityNodes {
  /** As they are now. */
  readonly nodes: readonly CapabilityNode[]
  /** As they were before: the nodes that were made, or replaced. */
  readonly created: readonly CapabilityNode[]
}
