import type { GpuUuid, MigUuid } from '../model/state.js'
import type { MigStrategy } from './strategy.js'

/** What a container requests of a node, and how the device plugin passes devices on. */
export interface AllocationOptions {
  readonly strategy: MigStrategy
  /**
   * The `resources.limits` of a container, such as those of `podRequest` or of a pod as the API server has it: `{ cpu: '4',
   * 'nvidia.com/gpu': '1' }`. Resources of others are ignored.
   */
  readonly limits: { readonly [resource: string]: number | string }
  /** The plugin's `deviceListStrategy`. Default `envvar`, as the plugin's. */
  readonly deviceList?: 'envvar' | 'volume-mounts' | 'cdi-annotations' | 'cdi-cri'
  /** Devices that other pods have. */
  readonly taken?: readonly (GpuUuid | MigUuid)[]
}

/** What a container gets if it comes to this node. */
export interface AllocationPreview {
  /** Devices by resource: the first that are free, in NVML's order. The kubelet or the plugin may choose others. */
  readonly devices: { readonly [resource: string]: readonly (GpuUuid | MigUuid)[] }
  /** How many devices are too few, by resource; empty: the pod fits. */
  readonly missing: { readonly [resource: string]: number }
  /**
   * The environment variables that the container may get. There are several where `envvar` meets several resources: each has
   * the variable `NVIDIA_VISIBLE_DEVICES`, one overwrites the others, and chance decides (NVIDIA/k8s-device-plugin#728).
   */
  readonly environments: readonly { readonly [variable: string]: string }[]
  /** Paths in the container at which `/dev/null` is mounted, with `volume-mounts`. */
  readonly mounts: readonly string[]
  /** CDI devices, with one of the two strategies for CDI. */
  readonly cdiDevices: readonly string[]
}
