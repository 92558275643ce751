/** Every NVML function that the check makes through mig-nvml. All are reads. */
export const reads = [
  'systemGetNVMLVersion',
  'deviceGetCount',
  'deviceGetHandleByIndex',
  'deviceGetName',
  'deviceGetIndex',
  'deviceGetMinorNumber',
  'deviceGetPciInfo',
  'deviceGetBrand',
  'deviceGetArchitecture',
  'deviceGetCudaComputeCapability',
  'deviceGetVirtualizationMode',
  'deviceGetMemoryInfo',
  'deviceGetComputeRunningProcesses',
  'deviceGetGraphicsRunningProcesses',
  'deviceGetMPSComputeRunningProcesses',
  'deviceGetPersistenceMode',
  'deviceGetEccMode',
  'deviceGetComputeMode',
  'deviceGetFieldValues',
  'deviceGetMigMode',
  'deviceGetGpuInstanceProfileInfo',
  'deviceGetGpuInstanceProfileInfoById',
  'deviceGetGpuInstancePossiblePlacements',
  'deviceGetGpuInstanceRemainingCapacity',
  'deviceGetGpuInstances',
  'gpuInstanceGetComputeInstanceProfileInfo',
  'gpuInstanceGetComputeInstancePossiblePlacements',
  'gpuInstanceGetComputeInstanceRemainingCapacity',
  'gpuInstanceGetComputeInstances',
  'deviceIsMigDeviceHandle',
  'deviceGetMaxMigDeviceCount',
  'deviceGetMigDeviceHandleByIndex',
  'deviceGetDeviceHandleFromMigDeviceHandle',
  'deviceGetGpuInstanceId',
  'deviceGetComputeInstanceId',
  'deviceGetAttributes',
]

/**
 * The only way to the driver that the check has: `ask(name, …)` resolves to `{ value }`, or to
 * `{ error, ret, fn }` where NVML answers no, and refuses any function that is not a read.
 */
export function readOnly(nvml, onCall) {
  return async (name, ...args) => {
    if (!reads.includes(name)) throw new Error(`${name} is not a read`)
    onCall(name, args)
    return answer(() => nvml[name](...args))
  }
}

/** The same for any call that rejects with an `NvmlError`. */
export async function answer(call) {
  try {
    return { value: await call() }
  } catch (error) {
    if (error?.ret === undefined) throw error
    return { error: error.code, ret: error.ret, fn: error.fn }
  }
}
