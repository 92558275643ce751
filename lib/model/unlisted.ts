import type {
  AnyGpuState,
  GpuInfo,
  GpuState,
  ListedMigState,
  MigState,
  UnlistedGpuState,
} from '../../types/model/state.js'
import { MigError } from '../errors.js'
import { formatGpus } from './gpu-text.js'
import { configPermissionHint, monitorPermissionHint } from './permission-hints.js'

const unknownLayout = 'the layout cannot be known'

/** Whether the driver lists the instances of a GPU to this process. */
export function isListed(gpu: AnyGpuState): gpu is GpuState {
  return gpu.gpuInstances !== null
}

/** Whether the driver lists the instances of every GPU to this process. */
export function isListedState(state: MigState): state is ListedMigState {
  return state.gpus.every(isListed)
}

/** Whether this process sees every MIG device of such a GPU, each with a known size. */
export function seesEverySize({ migDevices, seesAllDevices }: UnlistedGpuState): boolean {
  return (
    seesAllDevices &&
    migDevices.every(({ profileId, sliceCount }) => profileId !== null && sliceCount !== null)
  )
}

/** Throws `MIG_NO_PERMISSION` if the instances of the GPU are not known. */
export function requireListed(gpu: AnyGpuState): GpuState {
  if (gpu.gpuInstances === null) throw unlistedError([gpu])
  return gpu
}

/** Throws `MIG_NO_PERMISSION` if the instances of any GPU are not known. */
export function requireListedState(state: MigState, consequence?: string): ListedMigState {
  const unlisted = state.gpus.filter((gpu) => !isListed(gpu))
  if (unlisted.length > 0) throw unlistedError(unlisted, consequence)
  return state as ListedMigState
}

/** `MIG_NO_PERMISSION`; `consequence` is what is impossible without `mig/config`. */
export function unlistedError(
  gpus: readonly GpuInfo[],
  consequence: string = unknownLayout,
): MigError {
  return new MigError(
    'MIG_NO_PERMISSION',
    `${formatGpus(gpus)}: ${consequence}: the driver lists GPU instances only to root and with the permission mig/config`,
    { hint: configPermissionHint },
  )
}

/** `MIG_NO_PERMISSION`, because `mig/monitor` is missing. */
export function hiddenError(gpus: readonly GpuInfo[], consequence: string): MigError {
  return new MigError(
    'MIG_NO_PERMISSION',
    `${formatGpus(gpus)}: ${consequence}: the driver shows the MIG devices of others only to root and with the permission mig/monitor`,
    { hint: monitorPermissionHint },
  )
}
