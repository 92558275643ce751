import type { LibraryRef, ResetMethod } from '../../../types/machine/options.js'
import type { GpuState, GpuUuid } from '../../../types/model/state.js'
import { NvmlError, toError } from '../../errors.js'
import { nvmlReturn } from '../../nvml-codes.js'
import { resetPciFunction } from '../../system/pci-reset.js'
import type { NativeAddon } from '../addon/addon.js'
import type { Connection } from '../connection/connection.js'
import { rootOf } from '../connection/open-library.js'
import { resetByTool } from './nvidia-smi.js'
import { type ResetFailure, resetError } from './reset-failure.js'

const reasons: Readonly<Record<number, ResetFailure['kind']>> = {
  [nvmlReturn.notSupported]: 'unsupported',
  [nvmlReturn.noPermission]: 'forbidden',
  [nvmlReturn.inUse]: 'in-use',
}

export interface ResetSettings {
  /** Absent: the library's own function if it has one, otherwise the driver's tool. */
  readonly method: ResetMethod | undefined
  /** The time limit of the driver's tool. */
  readonly timeoutMs: number
}

/**
 * Resets one GPU and no other, while this thread has NVML closed. Everything on the GPU is gone afterwards.
 *
 * Rejects with `MIG_RESET_REQUIRED` if the GPU was not reset, with `MIG_REBOOT_REQUIRED` if no reset is
 * possible, with `MIG_RESET_TIMEOUT` if the driver's tool had to be killed.
 */
export async function resetGpu(
  connection: Connection,
  gpu: GpuState,
  settings: ResetSettings,
): Promise<void> {
  const failure = await connection.whileClosed((addon, library) =>
    connection.watchCall(attemptReset(addon, library, gpu, settings), () => ({
      fn: `reset (${methodOf(library, settings)})`,
      gpu: gpu.uuid,
      gpuIndex: gpu.index,
    })),
  )
  if (failure !== null) throw resetError(gpu, failure)
}

function methodOf(library: LibraryRef, { method }: ResetSettings): string {
  if (typeof method === 'function') return 'a function'
  return method ?? library.reset?.symbol ?? 'nvidia-smi'
}

async function attemptReset(
  addon: NativeAddon,
  library: LibraryRef,
  gpu: GpuState,
  { method, timeoutMs }: ResetSettings,
): Promise<ResetFailure | null> {
  if (typeof method === 'function') return resetByFunction(method, gpu)
  if (method === 'none') return { kind: 'failed', text: 'the option reset is none' }
  if (method === undefined && library.reset !== undefined)
    return resetThroughLibrary(addon, library, library.reset.symbol, gpu)
  const root = rootOf(library)
  // The tool of this computer would reset a GPU of this computer.
  if (root === null)
    return { kind: 'failed', text: `${method ?? 'nvidia-smi'} cannot reach this machine` }
  return method === 'sysfs'
    ? resetPciFunction(root, gpu.pciBusId)
    : resetByTool(root, gpu.pciBusId, timeoutMs)
}

async function resetByFunction(
  method: (gpu: GpuState) => Promise<void>,
  gpu: GpuState,
): Promise<ResetFailure | null> {
  try {
    await method(gpu)
    return null
  } catch (thrown) {
    const cause = toError(thrown)
    return { kind: 'failed', text: cause.message, cause }
  }
}

async function resetThroughLibrary(
  addon: NativeAddon,
  { path, selector }: LibraryRef,
  symbol: string,
  gpu: GpuState,
): Promise<ResetFailure | null> {
  const outcome = await addon.resetGpu(path, selector ?? null, symbol, gpu.pciBusId)
  if (outcome.ok) return null
  if ('problem' in outcome) return { kind: 'failed', text: outcome.problem }
  const cause = new NvmlError({ ret: outcome.ret, fn: outcome.fn, gpu: gpu.uuid })
  return { kind: reasons[outcome.ret] ?? 'failed', text: cause.code, cause }
}

/** NVML_FI_DEV_IS_RESETLESS_MIG_SUPPORTED, from R535 on. */
const resetlessMig = 184
/** NVML_DEVICE_ARCH_HOPPER */
const hopper = 9

/**
 * Whether this GPU changes its MIG mode by a reset: Ampere does, Hopper and later do not (MIG User Guide).
 * True where the driver does not say.
 */
export function changesModeByReset(connection: Connection, gpu: GpuUuid): Promise<boolean> {
  return connection.run(async (addon, session) => {
    const fields = await addon.deviceGetFieldValues(session, gpu, [resetlessMig])
    const [field] = fields.ok ? fields.value : []
    if (field?.ret === 0 && field.value !== null) return Number(field.value) === 0
    const architecture = await addon.deviceGetArchitecture(session, gpu)
    return !architecture.ok || architecture.value < hopper
  })
}
