import type { Nvml } from '../types/nvml.js'
import type { DriverOptions } from '../types/options.js'
import type { GpuUuid } from '../types/state.js'
import type { NativeAddon, NvmlFunction, OpenedSession, Outcome } from './driver/addon.js'
import { loadNative } from './driver/native.js'
import { openLibrary, resolveLibrary } from './driver/open-library.js'
import { type CallSubject, unwrap } from './driver/outcome.js'

export type * from '../types/nvml.js'

/** Loads NVML and initialises it, for the raw calls. */
export async function openNvml(options: DriverOptions = {}): Promise<Nvml> {
  options.signal?.throwIfAborted()
  const addon = loadNative()
  const opened = await openLibrary(addon, resolveLibrary(options.library))
  const nvml = createNvml(addon, opened)
  if (options.signal?.aborted) {
    await nvml.close()
    throw options.signal.reason
  }
  return nvml
}

/** What the first arguments of a function name. */
type Subject = 'system' | 'device' | 'gpu-instance' | 'compute-instance'

const subjects = {
  systemGetNVMLVersion: 'system',
  systemGetProcessName: 'system',
  deviceGetCount: 'system',
  deviceGetHandleByIndex: 'system',
  deviceGetHandleByPciBusId: 'system',
  deviceGetHandleByUUID: 'device',
  deviceGetName: 'device',
  deviceGetIndex: 'device',
  deviceGetMinorNumber: 'device',
  deviceGetPciInfo: 'device',
  deviceGetBrand: 'device',
  deviceGetArchitecture: 'device',
  deviceGetCudaComputeCapability: 'device',
  deviceGetVirtualizationMode: 'device',
  deviceGetMemoryInfo: 'device',
  deviceGetComputeRunningProcesses: 'device',
  deviceGetGraphicsRunningProcesses: 'device',
  deviceGetMPSComputeRunningProcesses: 'device',
  deviceGetPersistenceMode: 'device',
  deviceSetPersistenceMode: 'device',
  deviceGetEccMode: 'device',
  deviceGetComputeMode: 'device',
  deviceGetFieldValues: 'device',
  deviceGetMigMode: 'device',
  deviceSetMigMode: 'device',
  deviceGetGpuInstanceProfileInfo: 'device',
  deviceGetGpuInstanceProfileInfoById: 'device',
  deviceGetGpuInstancePossiblePlacements: 'device',
  deviceGetGpuInstanceRemainingCapacity: 'device',
  deviceCreateGpuInstance: 'device',
  deviceCreateGpuInstanceWithPlacement: 'device',
  deviceGetGpuInstances: 'device',
  gpuInstanceDestroy: 'gpu-instance',
  gpuInstanceGetInfo: 'gpu-instance',
  gpuInstanceGetComputeInstanceProfileInfo: 'gpu-instance',
  gpuInstanceGetComputeInstancePossiblePlacements: 'gpu-instance',
  gpuInstanceGetComputeInstanceRemainingCapacity: 'gpu-instance',
  gpuInstanceCreateComputeInstance: 'gpu-instance',
  gpuInstanceCreateComputeInstanceWithPlacement: 'gpu-instance',
  gpuInstanceGetComputeInstances: 'gpu-instance',
  computeInstanceDestroy: 'compute-instance',
  computeInstanceGetInfo: 'compute-instance',
  deviceIsMigDeviceHandle: 'device',
  deviceGetMaxMigDeviceCount: 'device',
  deviceGetMigDeviceHandleByIndex: 'device',
  deviceGetDeviceHandleFromMigDeviceHandle: 'device',
  deviceGetGpuInstanceId: 'device',
  deviceGetComputeInstanceId: 'device',
  deviceGetAttributes: 'device',
} as const satisfies Record<NvmlFunction, Subject>

type AnyCall = (session: number, ...args: unknown[]) => Promise<Outcome<unknown>>

function createNvml(addon: NativeAddon, opened: OpenedSession): Nvml {
  const calls = Object.entries(subjects).map(([name, subject]) => {
    const call = addon[name as NvmlFunction] as AnyCall
    return [
      name,
      async (...args: unknown[]) =>
        unwrap(await call(opened.session, ...args), toSubject(subject, args)),
    ]
  })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= addon.close(opened.session).then((outcome) => unwrap(outcome))
    return closing
  }
  return {
    libraryPath: opened.libraryPath,
    driverVersion: opened.driverVersion,
    ...(Object.fromEntries(calls) as Pick<Nvml, NvmlFunction>),
    close,
    [Symbol.dispose]: () => void close().catch(() => {}),
    [Symbol.asyncDispose]: close,
  }
}

function toSubject(subject: Subject, args: readonly unknown[]): CallSubject {
  const [device, gpuInstance, computeInstance] = args
  if (subject === 'system' || !isGpuUuid(device)) return {}
  return {
    gpu: device,
    ...(subject !== 'device' && typeof gpuInstance === 'number' ? { gpuInstance } : {}),
    ...(subject === 'compute-instance' && typeof computeInstance === 'number'
      ? { computeInstance }
      : {}),
  }
}

function isGpuUuid(value: unknown): value is GpuUuid {
  return typeof value === 'string' && value.startsWith('GPU-')
}
