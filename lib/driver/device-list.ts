import type { GpuUuid, MigUuid } from '../../types/model/state.js'
import { nvmlReturn } from '../nvml-codes.js'
import type { NativeAddon } from './addon/addon.js'
import { type Outcome, unwrap } from './addon/outcome.js'
import type { Connection } from './connection/connection.js'

/** A device as NVML enumerates it, which takes no permission. */
export interface ListedDevice<Uuid> {
  /** NVML's: a GPU counts on the machine, a MIG device on its GPU. */
  readonly index: number
  readonly uuid: Uuid
  readonly name: string
}

export interface ListedGpu extends ListedDevice<GpuUuid> {
  /** `00000000:07:00.0` */
  readonly pciBusId: string
  /** Their names are the driver's own, without that of the GPU: `3g.20gb`. */
  readonly migDevices: readonly ListedDevice<MigUuid>[]
}

/** The GPUs and the MIG devices that NVML enumerates, without lost GPUs. Rejects with `NvmlError`. */
export function listDevices({ run }: Pick<Connection, 'run'>): Promise<readonly ListedGpu[]> {
  return run(async (addon, session) => {
    const count = unwrap(await addon.deviceGetCount(session))
    const gpus: ListedGpu[] = []
    for (let index = 0; index < count; index++) {
      const uuid = await addon.deviceGetHandleByIndex(session, index)
      if (!uuid.ok && uuid.ret === nvmlReturn.gpuIsLost) continue
      const gpu = await listGpu(addon, session, index, unwrap(uuid))
      if (gpu !== null) gpus.push(gpu)
    }
    return gpus
  })
}

async function listGpu(
  addon: NativeAddon,
  session: number,
  index: number,
  uuid: GpuUuid,
): Promise<ListedGpu | null> {
  const name = await addon.deviceGetName(session, uuid)
  const pci = await addon.deviceGetPciInfo(session, uuid)
  const most = await addon.deviceGetMaxMigDeviceCount(session, uuid)
  if ([name, pci, most].some((outcome) => !outcome.ok && outcome.ret === nvmlReturn.gpuIsLost))
    return null
  const migDevices: ListedDevice<MigUuid>[] = []
  // A GPU or a driver without MIG.
  for (let position = 0; position < (most.ok ? most.value : 0); position++) {
    const device = await addon.deviceGetMigDeviceHandleByIndex(session, uuid, position)
    if (isAbsent(device)) continue
    const migDevice = unwrap(device, { gpu: uuid })
    const fullName = await addon.deviceGetName(session, migDevice)
    if (isAbsent(fullName)) continue
    const own = unwrap(fullName, { gpu: uuid })
    migDevices.push({
      index: position,
      uuid: migDevice,
      // `NVIDIA H100 80GB HBM3 MIG 1c.3g.40gb`: the GPU's name comes first.
      name: own.slice(own.lastIndexOf('MIG ') + 'MIG '.length),
    })
  }
  const { busId: pciBusId } = unwrap(pci, { gpu: uuid })
  return { index, uuid, name: unwrap(name, { gpu: uuid }), pciBusId, migDevices }
}

/** A hole among the indexes, a hidden device, or one that has just been destroyed. */
function isAbsent(outcome: Outcome<unknown>): boolean {
  const { invalidArgument, noPermission, notFound } = nvmlReturn
  return !outcome.ok && [invalidArgument, noPermission, notFound].some((ret) => ret === outcome.ret)
}
