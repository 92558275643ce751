// The Container Device Interface. Source: CDI SPEC.md 1.1.0.

/** A CDI specification: the devices of one kind, and what a container gets with each. Plain data, to write as JSON or YAML. */
export interface CdiSpec {
  readonly cdiVersion: string
  /** `nvidia.com/gpu` */
  readonly kind: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly devices: readonly CdiDevice[]
  /** What a container gets with any of the devices. */
  readonly containerEdits?: CdiEdits
}

/** A device of a specification. */
export interface CdiDevice {
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly containerEdits: CdiEdits
}

/** Changes to a container. */
export interface CdiEdits {
  /** `NAME=value` */
  readonly env?: readonly string[]
  readonly deviceNodes?: readonly CdiDeviceNode[]
  readonly netDevices?: readonly CdiNetDevice[]
  readonly hooks?: readonly CdiHook[]
  readonly mounts?: readonly CdiMount[]
  readonly intelRdt?: Readonly<Record<string, unknown>>
  readonly additionalGids?: readonly number[]
}

/** A device node. With type and numbers, the runtime makes it without a look at the host. */
export interface CdiDeviceNode {
  readonly path: string
  readonly hostPath?: string
  readonly type?: '' | 'b' | 'c' | 'u' | 'p'
  readonly major?: number
  readonly minor?: number
  readonly fileMode?: number
  /** Letters of `rwm`. Absent: all three. */
  readonly permissions?: string
  readonly uid?: number
  readonly gid?: number
}

/** A network interface of the host. */
export interface CdiNetDevice {
  readonly hostInterfaceName: string
  readonly name: string
}

/** A program that the runtime starts. */
export interface CdiHook {
  /** `createContainer` */
  readonly hookName: string
  readonly path: string
  readonly args?: readonly string[]
  readonly env?: readonly string[]
  readonly timeout?: number
}

/** A file or folder of the host. */
export interface CdiMount {
  readonly hostPath: string
  readonly containerPath: string
  readonly options?: readonly string[]
  readonly type?: string
}

/** Which names a device gets: `0:1`, `mig0:1`, or its UUID. As nvidia-ctk's `--device-name-strategy`. */
export type CdiNaming = 'index' | 'type-index' | 'uuid'

/** Options of `cdiSpec`. */
export interface CdiOptions {
  /** Vendor and class. Default `nvidia.com/gpu`. */
  readonly kind?: string
  /** A device stands in the specification once for each of them. Default `['index', 'uuid']`. */
  readonly names?: readonly CdiNaming[]
  /** Add the device `all`, which is all of them. Default true. */
  readonly all?: boolean
}
