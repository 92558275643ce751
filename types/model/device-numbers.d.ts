/**
 * Numbers of the driver's device nodes, as its files below `/proc` give them. They are never computed. Plain, frozen,
 * serialisable. Sources: MIG User Guide, device nodes and capabilities; open-gpu-kernel-modules, `nv-caps.c`.
 */
export interface DeviceNumbers {
  /** From `/proc/devices`. Null where that file cannot be read. */
  readonly majors: DeviceMajors | null
  /** From `/proc/driver/nvidia-caps/mig-minors`; before it, from the access files. Null: this driver has neither. */
  readonly capabilities: CapabilityNumbers | null
  /** From `/proc/driver/nvidia/params`. Null where that file cannot be read. */
  readonly nodes: NodeParameters | null
  /** What could not be read, and why, in sentences. */
  readonly missing: readonly string[]
}

/** Major numbers of character devices. Null: no loaded module has such devices. */
export interface DeviceMajors {
  /** `/dev/nvidiaN` and `/dev/nvidiactl`: the line `nvidia`, before R550.40 `nvidia-frontend`. */
  readonly gpu: number | null
  /** `/dev/nvidia-modeset` */
  readonly modeset: number | null
  /** `/dev/nvidia-uvm` and `/dev/nvidia-uvm-tools` */
  readonly uvm: number | null
  /** The nodes in `/dev/nvidia-caps`. */
  readonly capabilities: number | null
}

/** Minor numbers of the nodes in `/dev/nvidia-caps`: N of `nvidia-capN`. Null: not listed. */
export interface CapabilityNumbers {
  /** Permission to list and change instances. */
  readonly config: number | null
  /** Permission to see all MIG devices. */
  readonly monitor: number | null
  /** Each GPU of the machine that the driver lists. */
  readonly gpus: readonly GpuCapabilityNumbers[]
}

/** Minor numbers for the instances of one GPU. The driver also lists instances that do not exist yet. */
export interface GpuCapabilityNumbers {
  /** N of `/dev/nvidiaN`. */
  readonly gpuMinor: number
  /** By the id of the GPU instance. */
  readonly gpuInstances: readonly (number | null)[]
  /** By the id of the GPU instance, then by the id of the compute instance. */
  readonly computeInstances: readonly (readonly (number | null)[])[]
}

/** How the driver wants the nodes of GPUs and its control nodes made. */
export interface NodeParameters {
  /** `DeviceFileMode`; 0o666 unless the administrator has set `NVreg_DeviceFileMode`. */
  readonly mode: number
  /** `DeviceFileUID` */
  readonly uid: number
  /** `DeviceFileGID` */
  readonly gid: number
}
