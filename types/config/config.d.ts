import type { MigNvmlConfigDocument } from './mig-nvml-config.js'

/** The name of a MIG device's size: `1g.5gb`, `1c.3g.20gb`, `1g.5gb+me`, `1g.24gb-me`. */
export type ProfileName =
  | `${number}g.${number}gb${string}`
  | `${number}c.${number}g.${number}gb${string}`

/** One entry of a configuration: which GPUs it is for, and what each of them gets. */
export interface MigConfigEntry {
  /**
   * Limits the entry to GPUs of these models: `0x<device><vendor>`, as in `'0x20B010DE'`, with an optional
   * `:0x<subsystem device><subsystem vendor>`. Empty or absent: every GPU.
   */
  readonly 'device-filter'?: string | readonly string[] | null
  /** `'all'`, or NVML indexes. They count all GPUs of the machine, not only those that pass the filter. */
  readonly devices: 'all' | readonly number[]
  readonly 'mig-enabled': boolean
  /** How many MIG devices of each size every GPU of the entry gets; `{}` means none. Required if `mig-enabled` is true. */
  readonly 'mig-devices'?: Readonly<Record<string, number>> | null
}

/** A MIG configuration file, version 1: the format of NVIDIA's MIG Partition Editor. */
export interface MigConfigDocument {
  readonly version: 'v1'
  readonly 'mig-configs'?: Readonly<Record<string, readonly MigConfigEntry[]>>
}

/** A Kubernetes ConfigMap that holds the document as text under `config.yaml`, as NVIDIA's operator writes it. */
export interface MigConfigMap {
  readonly kind: 'ConfigMap'
  readonly data: Readonly<Record<string, string>>
}

/** A document, or the ConfigMap that holds it; either as YAML text, as JSON text or as an object. */
export type MigConfigInput = string | MigConfigDocument | MigNvmlConfigDocument | MigConfigMap

/** One problem at one place of a document. */
export interface ConfigIssue {
  /** What is wrong, without the place. */
  readonly message: string
  /** `['mig-configs', 'all-balanced', 0, 'mig-devices', '1g.5gb']` */
  readonly path: readonly (string | number)[]
  /** From 1. Absent if the document was not text. */
  readonly line?: number
  /** From 1. Absent if the document was not text. */
  readonly column?: number
}
