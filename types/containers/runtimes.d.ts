import type { ContainerDevice } from './device.js'

/** The parts of an OCI runtime specification that devices change. Others are kept as they are. */
export interface OciSpec {
  readonly process?: OciProcess
  readonly mounts?: readonly OciMount[]
  /** Programs by the name of their moment: `createContainer`. */
  readonly hooks?: Readonly<Record<string, readonly object[] | undefined>>
  readonly linux?: OciLinux
  readonly [part: string]: unknown
}

/** The process of a container. */
export interface OciProcess {
  readonly env?: readonly string[]
  readonly user?: {
    readonly uid?: number
    readonly gid?: number
    readonly additionalGids?: readonly number[]
    readonly [part: string]: unknown
  }
  readonly [part: string]: unknown
}

/** A mount of a container. */
export interface OciMount {
  readonly destination: string
  readonly source?: string
  readonly type?: string
  readonly options?: readonly string[]
  readonly [part: string]: unknown
}

/** The parts of a container that only Linux has. */
export interface OciLinux {
  readonly devices?: readonly OciDevice[]
  readonly resources?: {
    readonly devices?: readonly OciDeviceRule[]
    readonly [part: string]: unknown
  }
  readonly [part: string]: unknown
}

/** A device node that the runtime makes. */
export interface OciDevice {
  readonly path: string
  readonly type: string
  readonly major?: number
  readonly minor?: number
  readonly fileMode?: number
  readonly uid?: number
  readonly gid?: number
  readonly [part: string]: unknown
}

/** A rule of the device cgroup. */
export interface OciDeviceRule {
  readonly allow: boolean
  readonly type?: string
  readonly major?: number
  readonly minor?: number
  readonly access?: string
  readonly [part: string]: unknown
}

/**
 * How Docker gets devices: `cdi`, names of a specification; `gpus`, the option `--gpus` of NVIDIA's hook; `runtime`, its
 * runtime and variable; `nodes`, the device nodes alone, without the driver's libraries.
 */
export type DockerWay = 'cdi' | 'gpus' | 'runtime' | 'nodes'

/** Options of `dockerArguments`. */
export interface DockerOptions {
  /** Default `cdi`. */
  readonly way?: DockerWay
  /** Kind of the CDI names. Default `nvidia.com/gpu`. */
  readonly kind?: string
}

/** Options of `slurmGres`. */
export interface SlurmOptions {
  /**
   * Whether Slurm finds the devices itself (`AutoDetect=nvml`). Then the lines only say so. With false, there is a line for
   * each device, and Slurm needs no NVML. Default false.
   */
  readonly autodetect?: boolean
  /** Begin lines with `NodeName=`, for a file that serves several nodes: a name without spaces, such as `gpu[1-4]`. */
  readonly nodeName?: string
  /**
   * The type of a device. Default: the model and the profile, `nvidia_a100_3g.20gb`, as Slurm's own detection. A
   * word without spaces, commas and colons.
   */
  readonly typeOf?: (device: ContainerDevice) => string
}

/** What Slurm needs to know of a node. */
export interface SlurmGres {
  /** Lines of `gres.conf`. */
  readonly gresConf: readonly string[]
  /** For the node's line in `slurm.conf`: `gpu:nvidia_a100_3g.20gb:2`, as the value of `Gres=`. Empty without devices. */
  readonly nodeGres: string
}
