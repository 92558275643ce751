import type { DriverOptions } from '../types/machine/options.js'
import type { GpuUuid } from '../types/model/state.js'
import type { Nvml } from '../types/nvml.js'
import type { NvmlFunction } from './driver/addon/addon.js'
import { type CallSubject, type Outcome, unwrap } from './driver/addon/outcome.js'
import { type Connection, openConnection } from './driver/connection/connection.js'
import { checkOptions } from './model/checks/check-options.js'
import { driverOptionRules } from './model/checks/driver-option-rules.js'
import { objectOf } from './model/checks/kinds.js'

export type * from '../types/nvml.js'

const openRule = objectOf(driverOptionRules)

/**
 * Loads NVML and initialises it, for the raw calls. Rejects with `MIG_NATIVE_UNAVAILABLE`,
 * `MIG_DRIVER_NOT_FOUND`, the `NvmlError` of the initialisation, or a `TypeError` for wrong options.
 */
export async function openNvml(options: DriverOptions = {}): Promise<Nvml> {
  checkOptions('openNvml', options, openRule)
  return createNvml(await openConnection(options))
}

/** The object that the first arguments of a function name. */
type Subject = 'system' | 'device' | 'gpu-instance' | 'compute-instance'

const subjects = {
  systemGetNVMLVersion: 'system',
  systemGetCudaDriverVersion: 'system',
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

function createNvml({ run, close, libraryPath, driverVersion }: Connection): Nvml {
  const calls = Object.entries(subjects).map(([name, subject]) => [
    name,
    async (...args: unknown[]) => {
      const outcome = await run((addon, session) =>
        (addon[name as NvmlFunction] as AnyCall)(session, ...args),
      )
      return unwrap(outcome, toSubject(subject, args))
    },
  ])
  return {
    libraryPath,
    driverVersion,
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
