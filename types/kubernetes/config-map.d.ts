import type { MigConfigDocument } from '../config/config.js'
import type { ConfigOptions } from '../machine/options.js'

/** Options of `migManagerConfigMap`. */
export interface ConfigMapOptions {
  /** Default `default-mig-parted-config`, which the GPU Operator mounts; with `node`, `<node>-mig-config`. */
  readonly name?: string
  /** The name of the node that the document is for. */
  readonly node?: string
  /** Absent: kubectl puts it into its own. */
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** A ConfigMap with a document, for `kubectl apply` as JSON or YAML. */
export interface MigManagerConfigMap {
  readonly apiVersion: 'v1'
  readonly kind: 'ConfigMap'
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly data: { readonly 'config.yaml': string }
}

/** How a ConfigMap is read. */
export type ReadConfigMapOptions = Pick<ConfigOptions, 'matching'>

/** What a ConfigMap of mig-manager has. */
export interface MigManagerConfigs {
  readonly document: MigConfigDocument
  /** The configurations that the label `nvidia.com/mig.config` can select, in their order. */
  readonly configs: readonly string[]
  /** Configurations whose name is no value of a label: no node can select them. */
  readonly unselectable: readonly string[]
  readonly name: string | null
  readonly namespace: string | null
  /** The node that it is for, by its name `<node>-mig-config`. Null: any. */
  readonly node: string | null
}
