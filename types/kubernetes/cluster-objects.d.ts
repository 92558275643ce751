/** A kind of object of the Kubernetes API, with its namespace where it has one. */
export interface ClusterCollection {
  /** `v1`, `apps/v1`, `resource.k8s.io/v1`. */
  readonly apiVersion: string
  /** The plural in lower case: `nodes`, `pods`, `resourceslices`. */
  readonly resource: string
  /** Absent for objects without a namespace, and to list those of all namespaces. */
  readonly namespace?: string
}

/** One object of the Kubernetes API. */
export interface ClusterObjectName extends ClusterCollection {
  readonly name: string
}

/** The metadata of an object. Fields that are not named here are kept, too. */
export interface ClusterMetadata {
  readonly name?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly ClusterOwner[]
  readonly [field: string]: unknown
}

/** What an object belongs to: the DaemonSet of a pod, say. */
export interface ClusterOwner {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

/** An object as the API server sends it: JSON with every field, also those that no client knows yet. */
export interface ClusterObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ClusterMetadata
  readonly [field: string]: unknown
}

/** One operation of a JSON patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** The objects of a collection at one moment. */
export interface ClusterList {
  readonly items: readonly ClusterObject[]
  readonly resourceVersion: string
}

/**
 * What a watch reports.
 * - `listed`: all objects, at the start and again when the server has forgotten the changes since then (410 Gone). What is not
 *   among them is gone.
 * - `added`, `modified`, `deleted`: one object has changed.
 * - `interrupted`: the connection is gone; the watch goes on by itself after `retryMs`. No change is lost.
 * - `resumed`: after that, the server follows the changes again. After a new list there is `listed` in its place.
 */
export type ClusterChange =
  | { readonly kind: 'listed'; readonly items: readonly ClusterObject[] }
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: ClusterObject }
  | { readonly kind: 'interrupted'; readonly error: Error; readonly retryMs: number }
  | { readonly kind: 'resumed' }
