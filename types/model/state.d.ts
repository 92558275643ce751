import type { Geometry, Placement } from './geometry.js'

/** `GPU-` and 36 characters. */
export type GpuUuid = `GPU-${string}`
/** `MIG-` and 36 characters; before R465 `MIG-GPU-<uuid>/<GPU instance>/<compute instance>`. */
export type MigUuid = `MIG-${string}`

/** A live compute instance; together with its GPU and GPU instance, one MIG device. */
export interface ComputeInstance {
  /** Unique in its GPU instance. */
  readonly id: number
  readonly profileId: number
  /** The MIG device's name: `3g.20gb`, `1c.3g.20gb`. A `+me` of the GPU instance is part of it. */
  readonly name: string
  readonly sliceCount: number
  /** Null where the driver cannot tell (before R450.80). */
  readonly placement: Placement | null
  /**
   * Follows from the GPU, the GPU instance's id and the compute instance's id, so that different devices
   * have it one after the other: the full `3g.20gb` and the first `1c.3g.20gb` made after it share one.
   * Null where it was not asked for or not visible. Source: MIG User Guide; open-gpu-kernel-modules,
   * gpu_uuid.c.
   */
  readonly uuid: MigUuid | null
}

/** A live GPU instance: memory slices, compute slices and engines of its own. */
export interface GpuInstance {
  /** Unique on its GPU; says nothing about the place. */
  readonly id: number
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
  /** In ascending order of placement. Empty: a bare GPU instance, invisible to CUDA and to `nvidia-smi -L`. */
  readonly computeInstances: readonly ComputeInstance[]
}

/** Source: `nvmlDeviceGetMigMode`. */
export interface MigMode {
  /** What counts now. */
  readonly enabled: boolean
  /** The mode after the next GPU reset; equal to `enabled` when nothing is pending. */
  readonly pending: boolean
}

/** What a driver reports of a GPU to every process that may open it. */
export interface GpuInfo {
  /** NVML's index. Not stable over reboots. */
  readonly index: number
  readonly uuid: GpuUuid
  /** `NVIDIA A100-SXM4-40GB` */
  readonly name: string
  /** `00000000:07:00.0` */
  readonly pciBusId: string
  /** Device in the high half, vendor in the low half: 0x20B010DE. */
  readonly pciDeviceId: number
  /** Likewise; 0 where the driver does not know it. */
  readonly pciSubsystemId: number
  /**
   * N of its device node `/dev/nvidiaN`, and of `gpuN` below `/proc/driver/nvidia/capabilities`. It is not
   * the index. Null where the driver does not give it. Source: `nvmlDeviceGetMinorNumber`.
   */
  readonly minorNumber: number | null
  /** Null where the driver does not let this process see it. */
  readonly memoryMiB: number | null
  /** Null: this GPU cannot do MIG. Where a model that can do it says so, the machine cannot be read. */
  readonly mig: MigMode | null
  /** Null: no MIG, or a driver that answers only with MIG on (before R550). */
  readonly geometry: Geometry | null
}

/** One GPU and what it is divided into. */
export interface GpuState extends GpuInfo {
  /** In ascending order of placement. */
  readonly gpuInstances: readonly GpuInstance[]
}

/**
 * A MIG device as its own handle describes it, which takes no permission. Where its GPU instance sits is
 * not part of that.
 */
export interface VisibleMigDevice {
  readonly gpuInstanceId: number
  /** Unique in its GPU instance. */
  readonly computeInstanceId: number
  /** Null where it was not asked for or not visible. */
  readonly uuid: MigUuid | null
  /** `3g.20gb`, `1c.3g.20gb`, as `ComputeInstance.name`; of an unknown profile as the driver puts it. */
  readonly name: string
  /**
   * The profile of its GPU instance. Null where slices, memory and engines fit no profile of the geometry,
   * or several.
   */
  readonly profileId: number | null
  /** Compute slices of the MIG device. Null where the driver does not report them (before R450.80). */
  readonly sliceCount: number | null
  /** Memory of its GPU instance, which all compute instances in it share. Null likewise. */
  readonly memoryMiB: number | null
}

/**
 * A GPU with MIG on whose instances the driver does not list to this process: that takes root
 * (CAP_SYS_ADMIN) or the permission `mig/config`, as soon as there is an instance. Unknown are the places,
 * the GPU instances without a compute instance, and so what else fits. Source: open-gpu-kernel-modules
 * 595.45.04, `kernel_mig_manager.c`.
 */
export interface UnlistedGpuState extends GpuInfo {
  /** Not known, which is not the same as none. */
  readonly gpuInstances: null
  /** The MIG devices that this process sees, in ascending order of their ids. */
  readonly migDevices: readonly VisibleMigDevice[]
  /**
   * Whether these are all MIG devices of the GPU. A process without `mig/monitor`, as most containers are,
   * sees those only that it was given.
   */
  readonly seesAllDevices: boolean
  /** The permission that shows the rest. */
  readonly lacks: 'mig/config'
}

/** A GPU that can be read. */
export type AnyGpuState = GpuState | UnlistedGpuState

/** A GPU that has fallen off the bus: nothing can be read of it until a reset or a reboot. */
export interface LostGpu {
  readonly index: number
  /** Null where the driver does not even tell this any more. */
  readonly uuid: GpuUuid | null
}

/** A machine at one moment. Plain, frozen, serialisable. */
export interface MigState {
  readonly driverVersion: string
  /**
   * In ascending order of index; without those that are lost. Where `gpuInstances` is null, this process may
   * not list them: `UnlistedGpuState` has what it sees instead.
   */
  readonly gpus: readonly AnyGpuState[]
  readonly lostGpus: readonly LostGpu[]
}

/** A machine of which all is known: an apply reads it so, or is refused. */
export interface ListedMigState extends MigState {
  readonly gpus: readonly GpuState[]
}

/** Of a process that runs in a container, as its control group says. */
export interface ProcessContainer {
  readonly id: string
  /** Null where the name of the control group has the id alone. */
  readonly runtime: 'docker' | 'containerd' | 'cri-o' | 'podman' | 'lxc' | null
  /** Null outside of Kubernetes. */
  readonly podUid: string | null
}

/**
 * A process that uses a GPU, or holds it. Sources: NVML's process lists, and the open file handles
 * below `/proc`, since NVML lists neither who has merely opened a device nor everybody who works on it.
 */
export interface GpuProcess {
  readonly pid: number
  /** The program. Null where the process is in another PID namespace. */
  readonly command: string | null
  /** Its words, separated by spaces. Null likewise. */
  readonly commandLine?: string | null
  readonly container?: ProcessContainer | null
  /** Null: NVML does not list it. */
  readonly kind: 'compute' | 'graphics' | 'mps' | null
  readonly usedMemoryMiB: number | null
  /** Null: the process uses the whole GPU. */
  readonly gpuInstanceId: number | null
  /** Null with a GPU instance: it holds that one, and none of the compute instances in it. */
  readonly computeInstanceId: number | null
  /**
   * It has opened the GPU's device node, and that is all that is known: a monitor, the persistence
   * daemon, a program on its way to another GPU. That keeps the GPU from being reset, thus from a mode
   * change where it takes a reset, and from nothing else. Otherwise the process does work there: it
   * keeps the driver from destroying its compute instance or GPU instance, and where it uses the whole
   * GPU, from creating the first GPU instance; and any of them keeps the MIG mode.
   */
  readonly opensNodeOnly?: boolean
  /** Absent: `nvml`. */
  readonly foundBy?: readonly ('nvml' | 'proc')[]
}

/** A process, and the GPU that it holds. */
export interface GpuHolder extends GpuProcess {
  readonly gpu: GpuUuid
  /** NVML's index. */
  readonly gpuIndex: number
}
