import type { DeviceNumbers } from './device-numbers.js'
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
  /** The name of the MIG device: `3g.20gb`, `1c.3g.20gb`. It includes a `+me` of the GPU instance. */
  readonly name: string
  readonly sliceCount: number
  /** Null where the driver does not report it (before R450.80). */
  readonly placement: Placement | null
  /**
   * It follows from the GPU, the id of the GPU instance and the id of the compute instance. So different
   * devices can have the same UUID one after the other: the full `3g.20gb`, and the first `1c.3g.20gb` created
   * after it. Null where this process does not see the MIG device. Source: MIG User Guide;
   * open-gpu-kernel-modules, gpu_uuid.c.
   */
  readonly uuid: MigUuid | null
  /** As `VisibleMigDevice.migIndex`. */
  readonly migIndex?: number
}

/** A live GPU instance: memory slices, compute slices and engines of its own. */
export interface GpuInstance {
  /** Unique on its GPU; says nothing about the placement. */
  readonly id: number
  readonly profileId: number
  readonly profileName: string
  readonly placement: Placement
  /** In ascending order of placement. Empty: a bare GPU instance, which CUDA and `nvidia-smi -L` do not show. */
  readonly computeInstances: readonly ComputeInstance[]
}

/** Source: `nvmlDeviceGetMigMode`. */
export interface MigMode {
  /** The mode now. */
  readonly enabled: boolean
  /** The mode after the next GPU reset; equal to `enabled` when nothing is pending. */
  readonly pending: boolean
}

/** What a driver reports about a GPU to every process that may open it. */
export interface GpuInfo {
  /** NVML's index. A reboot may change it. */
  readonly index: number
  readonly uuid: GpuUuid
  /** `NVIDIA A100-SXM4-40GB` */
  readonly name: string
  /** `00000000:07:00.0` */
  readonly pciBusId: string
  /** The device in the high half, the vendor in the low half: 0x20B010DE. */
  readonly pciDeviceId: number
  /** In the same form; 0 where the driver does not know it. */
  readonly pciSubsystemId: number
  /**
   * N of its device node `/dev/nvidiaN`, and of `gpuN` below `/proc/driver/nvidia/capabilities`. It is not
   * the index. Null where the driver does not give it. Source: `nvmlDeviceGetMinorNumber`.
   */
  readonly minorNumber: number | null
  /** Null where the driver does not let this process see it. */
  readonly memoryMiB: number | null
  /** Null: this GPU has no MIG. If a model with MIG claims so, the read fails. */
  readonly mig: MigMode | null
  /** Null: no MIG, or a driver that reports it only with MIG on (before R550). */
  readonly geometry: Geometry | null
}

/** One GPU and what it is divided into. */
export interface GpuState extends GpuInfo {
  /** In ascending order of placement. */
  readonly gpuInstances: readonly GpuInstance[]
}

/**
 * A MIG device as its own handle describes it, which takes no permission. The handle does not give the
 * placement of its GPU instance.
 */
export interface VisibleMigDevice {
  readonly gpuInstanceId: number
  /** Unique in its GPU instance. */
  readonly computeInstanceId: number
  /** Null where the driver does not report it. */
  readonly uuid: MigUuid | null
  /** `3g.20gb`, `1c.3g.20gb`, as `ComputeInstance.name`. For an unknown profile, the driver's own name. */
  readonly name: string
  /**
   * The profile of its GPU instance. Null where slices, memory and engines match no profile of the geometry,
   * or more than one.
   */
  readonly profileId: number | null
  /** Compute slices of the MIG device. Null where the driver does not report them (before R450.80). */
  readonly sliceCount: number | null
  /** The memory of its GPU instance, which all compute instances in it share. Null as above. */
  readonly memoryMiB: number | null
  /**
   * NVML's index under its GPU, where a caller knows another one than a new session of NVML gives. No function of this
   * package sets it. Absent: the index follows from the order of ids, without holes. Sources: MIG User Guide,
   * listings; NVIDIA/libcudacxx#224.
   */
  readonly migIndex?: number
}

/**
 * A GPU with MIG on whose instances the driver does not list to this process. As soon as there is an
 * instance, a list takes root (CAP_SYS_ADMIN) or the permission `mig/config`. The placements and the GPU
 * instances without a compute instance are unknown, and so is what else fits. Source:
 * open-gpu-kernel-modules 595.45.04, `kernel_mig_manager.c`.
 */
export interface UnlistedGpuState extends GpuInfo {
  /** Unknown, which is not the same as none. */
  readonly gpuInstances: null
  /** The MIG devices that this process sees, in ascending order of their ids. */
  readonly migDevices: readonly VisibleMigDevice[]
  /**
   * Whether these are all MIG devices of the GPU. A process without `mig/monitor`, such as most containers,
   * sees only the MIG devices that it was given.
   */
  readonly seesAllDevices: boolean
  /** The permission that would show the rest. */
  readonly lacks: 'mig/config'
}

/** A GPU that can be read. */
export type AnyGpuState = GpuState | UnlistedGpuState

/** A MIG device with its GPU: one element of `listMigDevices`. */
export interface MigDevice extends VisibleMigDevice {
  readonly gpu: GpuUuid
  /** NVML's index. */
  readonly gpuIndex: number
  /** `3g.20gb`: the profile of its GPU instance. Null where `profileId` is null. */
  readonly profileName: string | null
  /** The memory units of its GPU instance. Null where this process may not list the instances. */
  readonly placement: Placement | null
  /** The compute slices that it has in its GPU instance. Null as above, or where the driver does not report it (before R450.80). */
  readonly computePlacement: Placement | null
}

/** A GPU that has fallen off the bus. It cannot be read until a reset or a reboot. */
export interface LostGpu {
  readonly index: number
  /** Null where the driver no longer gives even this. */
  readonly uuid: GpuUuid | null
}

/** A machine at one moment. Plain, frozen, serialisable. */
export interface MigState {
  readonly driverVersion: string
  /**
   * In ascending order of index, without lost GPUs. Where `gpuInstances` is null, this process may not list
   * them: `UnlistedGpuState` has what it sees instead.
   */
  readonly gpus: readonly AnyGpuState[]
  readonly lostGpus: readonly LostGpu[]
  /**
   * Numbers of the driver's device nodes, for containers. Only `readMigState` reads them. Absent: another function read
   * this state, or the driver has no file tree, as a simulated machine without a `root`.
   */
  readonly deviceNumbers?: DeviceNumbers
}

/** A machine about which all is known. An apply needs such a state, and rejects otherwise. */
export interface ListedMigState extends MigState {
  readonly gpus: readonly GpuState[]
}

/** The container of a process, as its control group names it. */
export interface ProcessContainer {
  readonly id: string
  /** Null where the name of the control group has only the id. */
  readonly runtime: 'docker' | 'containerd' | 'cri-o' | 'podman' | 'lxc' | null
  /** Null outside Kubernetes. */
  readonly podUid: string | null
}

/**
 * A process that uses a GPU, or holds it. Sources: NVML's process lists, and the open file handles below
 * `/proc`. NVML's lists lack processes that have only opened a device, and some that work on it.
 */
export interface GpuProcess {
  readonly pid: number
  /** The program. Null where the process is in another PID namespace. */
  readonly command: string | null
  /** Its words, separated by spaces. Null as above. */
  readonly commandLine?: string | null
  readonly container?: ProcessContainer | null
  /** Null: NVML does not list it. */
  readonly kind: 'compute' | 'graphics' | 'mps' | null
  readonly usedMemoryMiB: number | null
  /** Null: the process uses the whole GPU. */
  readonly gpuInstanceId: number | null
  /** Null beside a GPU instance: it holds the GPU instance itself, and none of its compute instances. */
  readonly computeInstanceId: number | null
  /**
   * It has opened the GPU's device node, and nothing more is known: a monitor, the persistence daemon, a
   * program on its way to another GPU. Such a process blocks a reset, and so a mode change that takes a
   * reset, and nothing else. A process without this mark works there: it blocks the destruction of its
   * compute instance and its GPU instance. If it uses the whole GPU, it blocks the first GPU instance. Each
   * of them blocks a change of the MIG mode.
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
