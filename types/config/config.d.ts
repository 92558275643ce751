import type { MigNvmlConfigDocument } from './mig-nvml-config.js'

/** The name of a MIG device's size: `1g.5gb`, `1c.3g.20gb`, `1g.5gb+me`, `1g.24gb-me`. */
export type ProfileName =
  | `${number}g.${number}gb${string}`
  | `${number}c.${number}g.${number}gb${string}`

/** One entry of a configuration: which GPUs, and how each of them shall be. */
export interface MigConfigEntry {
  /**
   * Only GPUs of these models: `0x<device><vendor>`, as in `'0x20B010DE'`, with an optional
   * `:0x<subsystem device><subsystem vendor>`. Empty or absent: every GPU.
   */
  readonly 'device-filter'?: string | readonly string[] | null
  /** `'all'`, or NVML indexes on the whole machine (not within the filter). */
  readonly devices: 'all' | readonly number[]
  readonly 'mig-enabled': boolean
  /** How many MIG devices of each size every one of these GPUs gets. Required when `mig-enabled` is true; `{}` means none. */
  readonly 'mig-devices'?: Readonly<Record<string, number>> | null
}

/** A MIG configuration file, version 1: the format of NVIDIA's MIG Partition Editor. */
export interface MigConfigDocument {
  readonly version: 'v1'
  readonly 'mig-configs'?: Readonly<Record<string, readonly MigConfigEntry[]>>
}

/** A Kubernetes ConfigMap with the document as the text of its `config.yaml`, as NVIDIA's operator keeps it. */
export interface MigConfigMap {
  readonly kind: 'ConfigMap'
  readonly data: Readonly<Record<string, string>>
}

/** The document as YAML or JSON text, or as an object; also the ConfigMap that has it, as text or as an object. */
export type MigConfigInput = string | MigConfigDocument | MigNvmlConfigDocument | MigConfigMap

/** What is wrong at one place of a document. */
export interface ConfigIssue {
  readonly message: string
  /** `['mig-configs', 'all-balanced', 0, 'mig-devices', '1g.5gb']` */
  readonly path: readonly (string | number)[]
  /** From 1; only when the document was text. */
  readonly line?: number
  readonly column?: number
}
