import type { CdiFileOptions } from '../machine/cdi-file.js'
import type { DriverOptions } from '../machine/options.js'
import type { ClusterClient } from './cluster-client.js'

/** Options of a DRA driver for the GPUs and MIG devices that are there. */
export interface DraDriverOptions extends DriverOptions {
  /** The name of this node in the cluster, and of its pool. */
  readonly node: string
  /** The API server, from `connectCluster`. The driver reads claims and its node, and writes its resource slices. */
  readonly cluster: ClusterClient
  /** The name of the driver. Default: `gpu.nvidia.com`, NVIDIA's, so that its classes and claims fit. */
  readonly driver?: string
  /** The CDI specification that is kept up to date. Default: one of its own in `/var/run/cdi`, of the kind `k8s.<driver>/device`. */
  readonly cdi?: Omit<CdiFileOptions, 'names' | 'all' | 'root'>
  /** As of a device plugin. */
  readonly ignoredXids?: readonly number[] | 'all'
  /** As of a device plugin, in milliseconds. */
  readonly recoverAfterMs?: number
  /** How long the preparation of a claim may wait for a change of its GPU to end, in milliseconds. Default 10,000. */
  readonly prepareTimeoutMs?: number
  /** Where the kubelet looks for plugins. Default `/var/lib/kubelet/plugins_registry`. */
  readonly folder?: string
  /** How often to look at the machine, in milliseconds. Default 1000. Events of the driver are followed at once. */
  readonly intervalMs?: number
  /**
   * How often to repeat what the API server has refused, and to look whether the slices are still there while no watch shows it, in
   * milliseconds. Default 5000. With the right to watch its slices and its node, a driver at rest makes no calls.
   */
  readonly checkMs?: number
  /** Folder below which the driver's files in `proc` lie. Default: the `root` of the library, else `/`. */
  readonly root?: string
  readonly onEvent?: (event: DraDriverEvent) => void
}

/** What a DRA driver reports. */
export type DraDriverEvent =
  /** The kubelet knows the driver now: at first, and after each of its restarts. */
  | { readonly kind: 'registered' }
  /**
   * The slices of the node are as these devices. `withheld` ones are there, and no new claim gets them: they have a taint, or are in
   * no slice where the API server has no taints of devices.
   */
  | {
      readonly kind: 'published'
      readonly generation: number
      readonly devices: readonly string[]
      readonly withheld: readonly { readonly device: string; readonly problem: string }[]
    }
  /** A claim has its devices. */
  | {
      readonly kind: 'prepared'
      readonly claim: string
      readonly devices: readonly string[]
    }
  /**
   * The API server does not answer or refuses, the kubelet refuses the driver, or a device plugin offers devices of the node, beside
   * which no slice is published. It is tried again.
   */
  | { readonly kind: 'waiting'; readonly error: Error }
  /** The CDI specification cannot be written. Nothing new is published; it is tried again. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** The machine cannot be read. The slices stay as they are, and no claim is prepared. */
  | { readonly kind: 'unreadable'; readonly error: Error }

/** A DRA driver that runs. */
export interface DraDriver extends AsyncDisposable {
  /** Rejects when the driver has ended by itself: another one serves the node, or the options are wrong. */
  readonly ended: Promise<void>
  /** Ends the driver. Pods that run keep their devices; the kubelet removes the slices 30 s later. Idempotent. */
  close(): Promise<void>
}
