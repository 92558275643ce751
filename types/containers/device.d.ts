import type { GpuUuid, MigDevice, MigUuid } from '../model/state.js'

/** Every name that container tools have for a MIG device. */
export interface MigDeviceNames {
  /** `0:1`: NVML's index of the GPU, and of the MIG device on it. It changes when another device goes. */
  readonly index: string
  /** `mig0:1` */
  readonly typeIndex: string
  /** `MIG-<uuid>`. Null where it is not known, and before R465, when the driver had only the legacy form. */
  readonly uuid: MigUuid | null
  /** `MIG-GPU-<uuid>/1/0`: the GPU, and the ids of both instances. CDI cannot carry it. */
  readonly legacyUuid: MigUuid
}

/** A MIG device with what a container needs of it. */
export interface MigContainerDevice extends MigDevice {
  readonly kind: 'mig'
  readonly names: MigDeviceNames
  /** Its GPU: `NVIDIA A100-SXM4-40GB`. */
  readonly model: string
  /** The address of its GPU: `00000000:07:00.0`. */
  readonly pciBusId: string
  /** NVML's index under its GPU. */
  readonly migIndex: number
  /** N of its GPU's `/dev/nvidiaN`. Null where the driver does not give it. */
  readonly gpuMinor: number | null
  /** N of `/dev/nvidia-caps/nvidia-capN` for its GPU instance. Null where it is not known. */
  readonly gpuInstanceMinor: number | null
  /** The same for its compute instance. */
  readonly computeInstanceMinor: number | null
}

/** Every name that container tools have for a whole GPU. */
export interface GpuDeviceNames {
  /** `0`: NVML's index. */
  readonly index: string
  /** `gpu0` */
  readonly typeIndex: string
  readonly uuid: GpuUuid
  /** `00000000:07:00.0`. Only the legacy runtime takes it. */
  readonly pciBusId: string
}

/** A whole GPU. */
export interface GpuContainerDevice {
  readonly kind: 'gpu'
  readonly names: GpuDeviceNames
  readonly gpu: GpuUuid
  readonly gpuIndex: number
  /** `NVIDIA A100-SXM4-40GB` */
  readonly model: string
  readonly pciBusId: string
  readonly gpuMinor: number | null
  /** With MIG on it is no device of its own: CUDA runs on its MIG devices only. */
  readonly migEnabled: boolean
}

/** What a container can get. */
export type ContainerDevice = MigContainerDevice | GpuContainerDevice

/** A character device as a container needs it: with these numbers no node of the host is needed. */
export interface DeviceNode {
  /** `/dev/nvidia0`, in the container. */
  readonly path: string
  readonly major: number
  readonly minor: number
  /** Permission bits: 0o666. */
  readonly mode: number
  /** Absent: the user of the container. */
  readonly gid?: number
}
