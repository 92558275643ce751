import type { AnyGpuState, GpuState } from '../../../types/model/state.js'
import { isListed } from '../../model/unlisted.js'
import { nvmlCodeName, nvmlReturn } from '../../nvml-codes.js'
import type { NativeAddon } from '../addon/addon.js'
import { failureError } from '../addon/outcome.js'
import type { Connection } from '../connection/connection.js'

/** A GPU instance that exists and is not in the state of its GPU. */
export interface HiddenInstance {
  readonly gpu: GpuState
  readonly gpuInstanceId: number
}

/**
 * The first GPU instance with a MIG device that is not in the state of its GPU. NVML lists instances by profile, and MIG
 * devices without, so this finds the instances of a profile that the driver leaves out.
 */
export async function findHiddenInstance(
  { run }: Pick<Connection, 'run'>,
  gpus: readonly AnyGpuState[],
): Promise<HiddenInstance | null> {
  for (const gpu of gpus.filter(isListed)) {
    const hidden = await run((addon, session) => findOn(addon, session, gpu))
    if (hidden !== null) return hidden
  }
  return null
}

async function findOn(
  addon: NativeAddon,
  session: number,
  gpu: GpuState,
): Promise<HiddenInstance | null> {
  const listed = new Set(gpu.gpuInstances.map(({ id }) => id))
  const most = await addon.deviceGetMaxMigDeviceCount(session, gpu.uuid)
  for (let index = 0; index < (most.ok ? most.value : 0); index++) {
    const device = await addon.deviceGetMigDeviceHandleByIndex(session, gpu.uuid, index)
    if (!device.ok) continue
    const id = await addon.deviceGetGpuInstanceId(session, device.value)
    if (!id.ok || listed.has(id.value)) continue
    // A session may go on seeing MIG devices that are gone. Their GPU instances are not there any more.
    const there = await addon.gpuInstanceGetInfo(session, gpu.uuid, id.value)
    if (there.ok) return { gpu, gpuInstanceId: id.value }
  }
  return null
}

export function hiddenError({ gpu, gpuInstanceId }: HiddenInstance): Error {
  const failure = {
    ok: false as const,
    ret: nvmlReturn.notSupported,
    fn: 'nvmlDeviceGetGpuInstanceProfileInfo',
  }
  const { uuid, index } = gpu
  return failureError(
    failure,
    { gpu: uuid, gpuInstance: gpuInstanceId },
    `${failure.fn} on GPU ${index} (${uuid}): ${nvmlCodeName(failure.ret)} for the profile of GPU instance ${gpuInstanceId}, so not all instances can be listed`,
  )
}
