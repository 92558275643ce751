import type { DeviceNode } from './device.js'

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
  /** The driver's libraries and programs, for every container. Absent: the specification has the device nodes alone. */
  readonly driver?: DriverFiles
  /**
   * A specification that somebody else made, such as nvidia-ctk's own: its kind and what it has for every container
   * stay, and its devices are replaced. A whole GPU keeps what the base has for it beside the driver's nodes. Not together
   * with `driver`.
   */
  readonly base?: CdiSpec
}

/** Options of `managementCdiSpec`. */
export interface ManagementCdiOptions extends Pick<CdiOptions, 'driver'> {
  /** Default `management.nvidia.com/gpu`. */
  readonly kind?: string
}

/** What a driver's installation has for containers. Paths of the host have its root folder in them. */
export interface DriverFiles {
  /** `580.65.06` */
  readonly version: string
  /** The program of all hooks. Default `/usr/bin/nvidia-cdi-hook`. Null: the specification has no hooks. */
  readonly hookPath?: string | null
  /** `/sbin/ldconfig`, for the hook that renews the cache of libraries. Absent: the hook finds it. */
  readonly ldconfigPath?: string
  /** Folders of the libraries in the container, without those of plugins such as `vdpau`. */
  readonly folders: readonly string[]
  readonly libraries: readonly DriverLibrary[]
  /** Libraries for graphics that are no part of the driver itself, and those of Xorg. */
  readonly graphics?: readonly HostPath[]
  /** Programs, firmware and configuration files. */
  readonly files: readonly HostPath[]
  /** Sockets of the driver's services. */
  readonly sockets: readonly HostPath[]
  /** Direct rendering, by GPU: for whole GPUs, and MIG devices with `+gfx`. */
  readonly rendering?: readonly RenderingNodes[]
}

/** A path of the host, and where a container gets it. */
export interface HostPath {
  readonly hostPath: string
  readonly containerPath: string
}

/** A shared library of the driver. */
export interface DriverLibrary extends HostPath {
  /** The name in the library itself; that of the file where it has none. Null: it cannot be read. */
  readonly soname: string | null
  /** Names of the links beside it on the host: `libcuda.so`, `libcuda.so.1`. */
  readonly links: readonly string[]
}

/** The nodes in `/dev/dri` of one GPU. */
export interface RenderingNodes {
  /** NVML's form: `00000000:07:00.0`. */
  readonly pciBusId: string
  readonly nodes: readonly DeviceNode[]
  /** Links to them in the container, as `target::path`. */
  readonly links: readonly string[]
}
