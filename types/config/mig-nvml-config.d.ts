import type { Engines } from '../model/geometry.js'
import type { GpuUuid, MigUuid } from '../model/state.js'

/**
 * One GPU of the machine, by NVML index, by UUID (`GPU-…`) or by PCI address (`00000000:07:00.0`,
 * `0000:07:00.0` or `07:00.0`).
 */
export type GpuSelector = number | GpuUuid | (string & {})

/** MIG devices of one size, by name. */
export interface NamedDevices {
  /** `1g.5gb`, or `id:19` for the profile with NVML's id 19. */
  readonly profile: string
  /** Default: 1. */
  readonly count?: number
}

/** MIG devices of the smallest size that has at least all of these. */
export interface NeededDevices {
  /** Memory of the GPU instance, in MiB. */
  readonly 'memory-mib'?: number
  readonly 'compute-slices'?: number
  readonly multiprocessors?: number
  /** Engines of the GPU instance. */
  readonly engines?: Partial<Engines>
  /** Default: 1. */
  readonly count?: number
}

/** Counts by name, as in `{ '1g.5gb': 7 }`, or a list of devices by name or by need. */
export type DeviceRequests =
  | Readonly<Record<string, number>>
  | readonly (NamedDevices | NeededDevices)[]

/** One GPU instance at an exact place. */
export interface ConfigPlacement {
  /** `3g.20gb`, or `id:9`. */
  readonly profile: string
  /** The first memory unit that it covers, as `nvidia-smi mig -lgipp` counts them. */
  readonly start: number
  /** Absent: one compute instance that fills the GPU instance. `[]`: none. */
  readonly 'compute-instances'?: readonly ConfigComputeInstance[]
}

/** One compute instance of a GPU instance at an exact place. */
export interface ConfigComputeInstance {
  /** `1c.3g.20gb`, or `id:0` for the compute instance profile with NVML's id 0. */
  readonly profile: string
  /** The first compute slice within the GPU instance. Absent: the lowest free one. */
  readonly start?: number
}

/** One entry of a configuration of version `mig-nvml/v1`. */
export interface MigNvmlConfigEntry {
  /** Limits the entry to GPUs of these models: PCI ids as in version 1, names, or patterns with `*` and `?`. */
  readonly 'device-filter'?: string | readonly string[] | null
  /** `'all'`: every GPU that can do MIG; `'others'`: those that no other entry takes; one GPU, or a list of GPUs. */
  readonly devices: 'all' | 'others' | GpuSelector | readonly GpuSelector[]
  /** The entry takes this many of the GPUs: those on which the least has to change. Absent: all of them. */
  readonly count?: number
  /** May be absent if the entry wants devices or placements; then MIG is on. */
  readonly 'mig-enabled'?: boolean
  /** What every GPU of the entry gets. */
  readonly 'mig-devices'?: DeviceRequests | null
  /** What the GPUs of the entry get together. The plan spreads it so that the least has to change. */
  readonly 'total-mig-devices'?: DeviceRequests
  /** Exactly these instances at these places, on every GPU of the entry. */
  readonly placements?: readonly ConfigPlacement[]
  /** True: further MIG devices stay, unless they are in the way of the wanted ones. Default: false. */
  readonly 'at-least'?: boolean
  /**
   * MIG devices that stay where they are, wanted or not: those that a process uses, all, or those with
   * these UUIDs. They count towards the wanted ones. A UUID means the device that has it when the plan
   * reads the machine; a device of another size may have had the same UUID before.
   */
  readonly keep?: 'busy' | 'all' | readonly MigUuid[]
}

/** An extended configuration file. A version 1 document becomes a valid one if only its `version` changes. */
export interface MigNvmlConfigDocument {
  readonly version: 'mig-nvml/v1'
  readonly 'mig-configs'?: Readonly<Record<string, readonly MigNvmlConfigEntry[]>>
}
