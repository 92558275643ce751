import type { ClusterObject } from './cluster-client.js'
import type { LayoutPod, NodeLayout } from './node-layout.js'

/** A MIG device of a node, or a GPU with MIG off, and what holds it. */
export interface OverviewDevice {
  readonly gpuIndex: number
  /** `3g.20gb`, `1c.3g.20gb`; `GPU`: a whole GPU. */
  readonly size: string
  /** The first memory unit of its GPU instance. Null: a whole GPU. */
  readonly start: number | null
  readonly uuid: string | null
  readonly pods: readonly LayoutPod[]
  /** Pods beyond those that are named. */
  readonly morePods: number
  /** Processes outside of pods that use it. */
  readonly processes: number
}

/** How many by size, or by the name of a resource. */
export interface CountBySize {
  readonly [size: string]: number
}

/** What the objects of a cluster say of the GPUs of a node. */
export interface NodeOverview {
  readonly name: string
  /** Whether the node is ready for pods. */
  readonly isReady: boolean
  /** Whether it takes no new pods: a cordon, or the taint of an agent or of a rollout. */
  readonly isClosed: boolean
  /**
   * Where the GPUs are known from. `agent`: the layout that its agent publishes. `labels`: only what gpu-feature-discovery and the
   * device plugin of NVIDIA show, which says neither where instances are nor which are in use. `none`: nothing is known.
   */
  readonly source: 'agent' | 'labels' | 'none'
  /** The configuration that its label `nvidia.com/mig.config` names. Null: there is none. */
  readonly config: string | null
  /** The label `nvidia.com/mig.config.state`. Null: there is none. */
  readonly state: string | null
  /** What its agent does or waits for, or why it failed. Null: nothing. */
  readonly reason: string | null
  /** Null: its agent publishes none, or none that can be read. */
  readonly layout: NodeLayout | null
  /** What to know before the layout is believed: it is too old, a change is under way, it cannot be read. Null: nothing. */
  readonly warning: string | null
  /** MIG devices, and GPUs with MIG off. Empty without a layout. */
  readonly devices: readonly OverviewDevice[]
  readonly used: CountBySize
  readonly free: CountBySize
  /**
   * GPU instances that could still be created without moving or destroying anything, of each profile as if it were the only one. With a
   * layout only.
   */
  readonly room: CountBySize
  /** What the node advertises of NVIDIA's resources, by name. */
  readonly allocatable: CountBySize
}

/** Nodes of a cluster, and their sums. */
export interface ClusterOverview {
  /** In the order of names. */
  readonly nodes: readonly NodeOverview[]
  readonly gpus: number
  readonly used: CountBySize
  readonly free: CountBySize
  readonly room: CountBySize
}

/** Nodes as the API server has them. */
export type OverviewNodes = readonly ClusterObject[]

/** When it is. */
export interface OverviewOptions {
  /** Milliseconds since 1970. Default: now. */
  readonly now?: number
}
