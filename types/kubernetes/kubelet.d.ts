/** Devices of one resource, as the kubelet lists them. */
export interface KubeletDevices {
  /** `nvidia.com/mig-3g.20gb` */
  readonly resource: string
  /** The ids that the device plugin gave them: UUIDs, `0:1`, or either with `::0` for a share of one. */
  readonly ids: readonly string[]
  /** Numbers of the NUMA nodes; empty: not known. */
  readonly numaNodes: readonly number[]
}

/** A device of a ResourceClaim that a container uses. */
export interface KubeletClaimedDevice {
  /** `gpu.nvidia.com` */
  readonly driver: string
  readonly pool: string
  /** The name in its ResourceSlice: `gpu-0-mig-3g20gb-9-4`. */
  readonly device: string
  /** Names for the container runtime: `k8s.gpu.nvidia.com/claim=…`. */
  readonly cdiDevices: readonly string[]
}

/** A ResourceClaim of a container. */
export interface KubeletClaim {
  readonly namespace: string
  readonly name: string
  readonly devices: readonly KubeletClaimedDevice[]
}

/** What a container of a pod has. Init containers are there only if they go on beside the others. */
export interface KubeletContainer {
  readonly name: string
  /** In the order of their resources. */
  readonly devices: readonly KubeletDevices[]
  readonly claims: readonly KubeletClaim[]
}

/** A pod that the kubelet has admitted. */
export interface KubeletPod {
  readonly namespace: string
  readonly name: string
  readonly containers: readonly KubeletContainer[]
}

/** A GPU or MIG device that a container has. */
export interface HeldDevice {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly resource: string
  /** A UUID, or `0:1`; a share of a device has the id of the device. */
  readonly id: string
}

/** Limits of one call to the kubelet. */
export interface KubeletCallOptions {
  /** Stops the call. It rejects with `ABORT_ERR`. */
  readonly signal?: AbortSignal
  /** The whole call, in milliseconds. Default: that of the client. */
  readonly timeoutMs?: number
}

/**
 * The kubelet's podresources API: which pod has which device. Calls reject with the `MigError` `MIG_KUBELET_UNAVAILABLE` (no kubelet
 * answers in time: try again later) or `MIG_KUBELET_REFUSED` (it answers with an error).
 */
export interface KubeletClient extends Disposable {
  /** The pods that are admitted, with or without devices. Those that have ended can be among them with a kubelet before 1.34. */
  listPods(options?: KubeletCallOptions): Promise<readonly KubeletPod[]>
  /** Null: the kubelet has no such pod. */
  getPod(
    pod: { readonly namespace: string; readonly name: string },
    options?: KubeletCallOptions,
  ): Promise<KubeletPod | null>
  /** All devices that plugins offer, in use or not. */
  listAllocatable(options?: KubeletCallOptions): Promise<readonly KubeletDevices[]>
  /** Idempotent. */
  close(): void
}

/** How to reach the kubelet. */
export interface ConnectKubeletOptions {
  /** Default `/var/lib/kubelet/pod-resources/kubelet.sock`. Only root may connect to it. */
  readonly socket?: string
  /** The limit of a call, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}
