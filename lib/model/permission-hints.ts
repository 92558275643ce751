// Sources: MIG User Guide, "Device nodes and capabilities"; NVIDIA container toolkit, which needs
// CAP_SYS_ADMIN beside its variables.

/** How to get the permission to list and to change instances. */
export const configPermissionHint =
  'run as root, or ask the administrator for mig/config: read access to /dev/nvidia-caps/nvidia-cap1;\na container gets it with NVIDIA_MIG_CONFIG_DEVICES=all and CAP_SYS_ADMIN'

/** How to get the permission to see the MIG devices of others. */
export const monitorPermissionHint =
  'run as root, or ask the administrator for mig/monitor: read access to /dev/nvidia-caps/nvidia-cap2;\na container gets it with NVIDIA_MIG_MONITOR_DEVICES=all and CAP_SYS_ADMIN'

/** How to get the permission to change the MIG mode. */
export const modePermissionHint =
  'run as root on the host or in a privileged container: a change of the MIG mode needs CAP_SYS_ADMIN outside user namespaces;\nno MIG permission replaces it'

const nodePermissionHint =
  'run as root, or ask the administrator for read and write access to /dev/nvidiactl and /dev/nvidia<N> of the GPU;\na container gets these nodes with the GPUs that it is given (NVIDIA_VISIBLE_DEVICES, docker run --gpus)'

const changePermissionHint = `${configPermissionHint};\nthat allows changes of instances, and not of the MIG mode`

const rootHint = 'run as root: the driver allows this to no other user'

/** The functions whose refusal says which permission is missing: the first rule that matches counts. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/^nvml(?:Init|DeviceGet(?:Count|HandleBy))/, nodePermissionHint],
  [/^nvmlDeviceSetMigMode$/, modePermissionHint],
  [
    /^nvml(?:Device|GpuInstance)Create|^nvml(?:GpuInstance|ComputeInstance)Destroy$/,
    changePermissionHint,
  ],
  [
    /^nvmlDeviceGet(?:GpuInstances|GpuInstanceById)$|^nvmlGpuInstanceGetComputeInstances$|^nvml(?:GpuInstanceGetComputeInstanceById|GpuInstanceGetInfo|ComputeInstanceGetInfo)/,
    configPermissionHint,
  ],
  [/^nvml(?:Device|GpuInstance)Get/, monitorPermissionHint],
  [/^nvmlDeviceSet/, rootHint],
]

/** Which permission a call lacks that the driver has refused, and how to get it. Reading and changing take different ones. */
export function permissionHint(fn: string): string {
  return rules.find(([names]) => names.test(fn))?.[1] ?? configPermissionHint
}
