import type { GpuHolder, GpuUuid, MigState } from '../model/state.js'
import type { PodDevices } from './agent-pods.js'
import type { ClusterObject } from './cluster-client.js'

/** A pod that has a device of a node. */
export interface LayoutPod {
  readonly namespace: string
  readonly name: string
}

/** A GPU or a part of it that something uses. What has no entry is free. */
export interface LayoutHolder {
  readonly gpu: GpuUuid
  /** Null: the whole GPU. */
  readonly gpuInstanceId: number | null
  /** The MIG device in its GPU instance. Null beside null: the whole GPU. */
  readonly computeInstanceId: number | null
  /** The pods that have it, by name: one, or several that share it. */
  readonly pods: readonly LayoutPod[]
  /** Pods beyond those that are named. */
  readonly morePods: number
  /** Processes outside of pods that use it. */
  readonly processes: number
}

/**
 * How the GPUs of a node are divided, and which pod has what: the annotation `mig-nvml/layout`, which the agent of the node keeps.
 * Plain, frozen, serialisable.
 */
export interface NodeLayout {
  readonly version: 'mig-nvml/layout/v1'
  /** When the node was read; ISO 8601. The agent writes again only after a change, or well before `validUntil`. */
  readonly readAt: string
  /** After this, the agent no longer runs or reaches neither its driver nor its cluster; ISO 8601. */
  readonly validUntil: string
  /**
   * The last run of the agent that had ended when the node was read. Smaller than `run` of the annotation `mig-nvml/agent`: a
   * run has begun since, or has just ended.
   */
  readonly run: number
  /**
   * The GPUs, with every instance. The geometry of a GPU is that of the catalog, and null for a model that the catalog lacks. A GPU
   * that cannot be read is in `lostGpus`.
   */
  readonly state: MigState
  /** In the order of GPUs and placements. */
  readonly holders: readonly LayoutHolder[]
}

/** What is known of a node. */
export interface NodeLayoutInput {
  /** The GPUs, with all of their instances. */
  readonly state: MigState
  /** The pods of the node, as the API server has them. Those that have ended hold nothing. */
  readonly pods: readonly ClusterObject[]
  /** From the kubelet's API of pod resources, or from claims. */
  readonly held: readonly PodDevices[]
  /** Processes on the GPUs. Those in a container of a pod stand for the pod. */
  readonly processes: readonly GpuHolder[]
  /** As `NodeLayout.run`. */
  readonly run: number
  /** When all of this was read, in milliseconds since 1970. */
  readonly now: number
  /** How long the layout counts as known, in milliseconds. Default 1,200,000. */
  readonly validForMs?: number
}
