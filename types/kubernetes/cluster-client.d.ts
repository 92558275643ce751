import type {
  ClusterChange,
  ClusterCollection,
  ClusterList,
  ClusterObject,
  ClusterObjectName,
  JsonPatchOperation,
} from './cluster-objects.js'

/** The objects that the calls take and give. */
export type * from './cluster-objects.js'

/** Limits of one call. */
export interface ClusterCallOptions {
  /** Stops the call. It rejects with the error `ABORT_ERR`. */
  readonly signal?: AbortSignal
  /** The whole call, in milliseconds. Default: that of the client. */
  readonly timeoutMs?: number
}

/** Which objects of a collection. */
export interface ClusterSelection {
  /** `nvidia.com/mig.config,!excluded`. */
  readonly labelSelector?: string
  /** `spec.nodeName=node-1`. */
  readonly fieldSelector?: string
}

/** A part of an object with permissions of its own. */
export interface ClusterSubresource {
  /** `status`: for conditions and extended resources. */
  readonly subresource?: string
}

/** How a patch is applied. */
export interface ClusterPatchOptions extends ClusterCallOptions, ClusterSubresource {
  /**
   * The version that the patch was made for. If the object has another one by now, nothing changes and the call rejects with
   * `MIG_CLUSTER_CONFLICT`.
   */
  readonly resourceVersion?: string
}

/** How a server-side apply is done. */
export interface ClusterApplyOptions extends ClusterCallOptions, ClusterSubresource {
  /** The owner of the fields. A field that it applied before and does not apply now goes. */
  readonly fieldManager: string
  /** Takes fields over from other owners. Default: false; then such a field is a `MIG_CLUSTER_CONFLICT`. */
  readonly force?: boolean
  /** Changes nothing and returns the object as it would be. */
  readonly dryRun?: boolean
}

/** What became of an eviction. */
export interface ClusterEviction {
  /**
   * `evicted`: the pod ends. `absent`: it is gone, or another pod has its name. `blocked`: a PodDisruptionBudget allows no
   * eviction now, or the API server takes no more calls for the moment.
   */
  readonly outcome: 'evicted' | 'absent' | 'blocked'
  /** What the API server says, such as the name of the budget. Null when the pod is evicted or absent. */
  readonly reason: string | null
  /** How long the server asks to wait, in milliseconds. Null: it does not say. */
  readonly retryAfterMs: number | null
}

/** How a pod is evicted. */
export interface ClusterEvictionOptions extends ClusterCallOptions {
  /** Evicts only this very pod and none that has its name since. */
  readonly uid?: string
  /** How long its processes may take to end. Default: what the pod says. */
  readonly gracePeriodSeconds?: number
  /** Asks only whether the budgets allow it. */
  readonly dryRun?: boolean
}

/** How an object is removed. */
export interface ClusterRemoveOptions extends ClusterCallOptions {
  readonly uid?: string
  readonly resourceVersion?: string
}

/** A Lease that is wanted, or was refused because another holder has it. */
export interface ClusterLease {
  readonly held: boolean
  /** The present holder; null: nobody. */
  readonly holder: string | null
  /** When the holder renewed it last, as it says: ISO 8601. */
  readonly renewTime: string | null
}

/** A Lease that is wanted. */
export interface ClusterLeaseOptions extends ClusterCallOptions {
  /** The identity of this process: its pod's name. */
  readonly holder: string
  /** A holder that has not renewed it for so long has lost it, by the clock of this process. */
  readonly durationSeconds: number
}

/** An Event for people: `kubectl describe node` shows it. */
export interface ClusterEvent {
  /** What it is about. */
  readonly regarding: {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
  }
  readonly type: 'Normal' | 'Warning'
  /** One word in CamelCase: `MigConfigFailed`. */
  readonly reason: string
  readonly message: string
}

/**
 * The calls of the Kubernetes API that the agent needs. Failures are a `MigError`: `MIG_CLUSTER_UNAVAILABLE` (try again later),
 * `MIG_CLUSTER_CONFLICT` (read again), `MIG_CLUSTER_FORBIDDEN`, `MIG_CLUSTER_NOT_FOUND`, `MIG_CLUSTER_REFUSED`; `cluster` has
 * the status. No call is repeated, except once after the token has changed.
 */
export interface ClusterClient {
  /** Null: there is no such object. */
  get(object: ClusterObjectName, options?: ClusterCallOptions): Promise<ClusterObject | null>
  list(
    collection: ClusterCollection,
    options?: ClusterCallOptions & ClusterSelection,
  ): Promise<ClusterList>
  /** Lists, then follows. It ends when the signal is aborted, and rejects only with what time does not mend. */
  watch(
    collection: ClusterCollection,
    options: ClusterSelection & { readonly signal: AbortSignal },
  ): AsyncIterable<ClusterChange>
  create(
    collection: ClusterCollection,
    object: ClusterObject,
    options?: ClusterCallOptions,
  ): Promise<ClusterObject>
  /** A JSON patch: the only safe way to change lists that have several owners, such as taints. */
  patch(
    object: ClusterObjectName,
    operations: readonly JsonPatchOperation[],
    options?: ClusterPatchOptions,
  ): Promise<ClusterObject>
  /** A JSON merge patch (RFC 7386): null removes a field. */
  merge(
    object: ClusterObjectName,
    patch: object,
    options?: ClusterPatchOptions,
  ): Promise<ClusterObject>
  /** Server-side apply, where an unknown field is an error. Never for taints: their list has one owner only. */
  apply(
    object: ClusterObjectName,
    fields: object,
    options: ClusterApplyOptions,
  ): Promise<ClusterObject>
  /** False: there was no such object. */
  remove(object: ClusterObjectName, options?: ClusterRemoveOptions): Promise<boolean>
  /** Asks for the end of a pod by the Eviction API, which honours PodDisruptionBudgets. */
  evict(
    pod: { readonly namespace: string; readonly name: string },
    options?: ClusterEvictionOptions,
  ): Promise<ClusterEviction>
  /** Takes a Lease, or renews it. */
  holdLease(
    lease: { readonly namespace: string; readonly name: string },
    options: ClusterLeaseOptions,
  ): Promise<ClusterLease>
  /** Gives a Lease back, if this holder has it. */
  releaseLease(
    lease: { readonly namespace: string; readonly name: string },
    options: Omit<ClusterLeaseOptions, 'durationSeconds'>,
  ): Promise<void>
  /** Writes an Event; the same one again raises its count. */
  recordEvent(event: ClusterEvent, options?: ClusterCallOptions): Promise<void>
}

/** How to reach the API server. */
export interface ConnectClusterOptions {
  /**
   * A kubeconfig file. Default: as kubectl does, `$KUBECONFIG`, `~/.kube/config`, then the service account of the pod, whose
   * token is read again when it changes.
   */
  readonly kubeconfig?: string
  /** The context of the kubeconfig. Default: its current one. */
  readonly context?: string
  /** The limit of a call, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number
  /** A watch that has been silent for so long is renewed, in milliseconds. Default: 150,000; servers write each minute. */
  readonly silenceMs?: number
}
