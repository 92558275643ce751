import type { Engines } from '../model/geometry.js'
import type { GpuUuid, MigUuid } from '../model/state.js'

/**
 * A GPU of the machine: NVML's index, `GPU-` UUID, or PCI address (`00000000:07:00.0`, `0000:07:00.0`
 * or `07:00.0`).
 */
export type GpuSelector = number | GpuUuid | (string & {})

/** MIG devices of a size by name; `id:<n>` is the profile with NVML's id n. */
export interface NamedDevices {
  readonly profile: string
  /** Default 1. */
  readonly count?: number
}

/** MIG devices of the smallest size that has all of these. */
export interface NeededDevices {
  readonly 'memory-mib'?: number
  readonly 'compute-slices'?: number
  readonly multiprocessors?: number
  readonly engines?: Partial<Engines>
  /** Default 1. */
  readonly count?: number
}

/** `{ '1g.5gb': 7 }`, or a list of devices by name or by need. */
export type DeviceRequests =
  | Readonly<Record<string, number>>
  | readonly (NamedDevices | NeededDevices)[]

/** One GPU instance at its place. */
export interface ConfigPlacement {
  /** `3g.20gb`, or `id:9`. */
  readonly profile: string
  /** The first memory unit, as in `nvidia-smi mig -lgipp`. */
  readonly start: number
  /** Absent: one, with all of the GPU instance. `[]`: none. */
  readonly 'compute-instances'?: readonly ConfigComputeInstance[]
}

/** A compute instance in a GPU instance that has its place. */
export interface ConfigComputeInstance {
  /** `1c.3g.20gb`, or `id:0`, the id of a compute instance profile. */
  readonly profile: string
  /** The first compute slice within the GPU instance. Absent: the lowest that is free. */
  readonly start?: number
}

/** One entry of a configuration of version `mig-nvml/v1`. */
export interface MigNvmlConfigEntry {
  /** Only GPUs of these models: PCI ids as in version 1, names, or patterns with `*` and `?`. */
  readonly 'device-filter'?: string | readonly string[] | null
  /**
   * `'all'` that can do MIG; `'others'`: those that no other entry takes; one GPU, or a list of them.
   */
  readonly devices: 'all' | 'others' | GpuSelector | readonly GpuSelector[]
  /** Only this many of them: those where the least has to change. Absent: every one. */
  readonly count?: number
  /** Absent: true when devices or placements are asked for. */
  readonly 'mig-enabled'?: boolean
  /** On each of these GPUs. */
  readonly 'mig-devices'?: DeviceRequests | null
  /** On all of these GPUs together, wherever the least has to change. */
  readonly 'total-mig-devices'?: DeviceRequests
  /** On each of these GPUs, exactly these instances at these places. */
  readonly placements?: readonly ConfigPlacement[]
  /** MIG devices beyond those asked for stay, where they are not in the way. */
  readonly 'at-least'?: boolean
  /**
   * What stays where it is, asked for or not: devices that a process uses, all, or these. They count
   * towards those asked for. A UUID names the device that has it when the machine is read for the plan;
   * a device of another size may have had it before.
   */
  readonly keep?: 'busy' | 'all' | readonly MigUuid[]
}

/** What version 1 cannot say. Every version 1 document becomes one by its new version text alone. */
export interface MigNvmlConfigDocument {
  readonly version: 'mig-nvml/v1'
  readonly 'mig-configs'?: Readonly<Record<string, readonly MigNvmlConfigEntry[]>>
}
