import type { MigStrategy } from '../../../types/kubernetes/strategy.js'
import type { AnyGpuState, GpuUuid, MigState, MigUuid } from '../../../types/model/state.js'
import { isMigError } from '../../errors.js'
import { devicesOf } from '../../model/mig-devices.js'
import { resourceNames } from '../resource-names.js'

/** A device that pods can get: a GPU, or a MIG device. */
export interface OfferedDevice {
  readonly uuid: GpuUuid | MigUuid
  readonly gpu: GpuUuid
  readonly gpuIndex: number
  /** Null, as the next: it is a whole GPU. */
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
  /** The GPU has fallen off the bus. */
  readonly isLost: boolean
}

/** The devices of each resource: `nvidia.com/mig-1g.5gb`. */
export type Offer = ReadonlyMap<string, readonly OfferedDevice[]>

export interface NextOffer {
  readonly offer: Offer
  /** Why nothing new is offered: the strategy does not bear the devices of the node. Null: all is well. */
  readonly problem: string | null
  /** New devices are there that wait for their GPU to settle. */
  readonly isWaiting: boolean
}

/**
 * What a node offers after a change. A device that is gone goes at once. A new one comes when its GPU is settled, because an apply
 * that fails takes back what it has made; and when the strategy bears all devices. A lost GPU's devices stay, as lost.
 */
export function nextOffer(
  before: Offer,
  state: MigState,
  strategy: MigStrategy,
  isSettled: (gpu: GpuUuid) => boolean,
): NextOffer {
  const { named, problem } = nameDevices(state, strategy)
  const present = presentDevices(state, strategy)
  const offer = new Map<string, OfferedDevice[]>()
  const add = (resource: string, device: OfferedDevice): void => {
    const devices = offer.get(resource)
    if (devices === undefined) offer.set(resource, [device])
    else devices.push(device)
  }
  const had = new Set<string>()
  for (const [resource, devices] of before)
    for (const device of devices) {
      const now = present.get(device.uuid) ?? asLost(device, state)
      const name = named === null || now?.isLost ? resource : named.get(device.uuid)
      if (now === undefined || name !== resource) continue
      had.add(device.uuid)
      add(resource, now)
    }
  let isWaiting = false
  for (const [uuid, resource] of named ?? []) {
    const device = present.get(uuid)
    if (device === undefined || had.has(uuid)) continue
    if (isSettled(device.gpu)) add(resource, device)
    else isWaiting = true
  }
  return { offer: inOrder(offer), problem, isWaiting }
}

interface NamedDevices {
  /** The resource of each device. Null: the strategy does not bear them. */
  readonly named: ReadonlyMap<string, string> | null
  readonly problem: string | null
}

function nameDevices(state: MigState, strategy: MigStrategy): NamedDevices {
  try {
    const named = new Map<string, string>()
    for (const [resource, uuids] of Object.entries(resourceNames(state, { strategy })))
      for (const uuid of uuids) if (uuid !== null) named.set(uuid, resource)
    return { named, problem: null }
  } catch (error) {
    if (!isMigError(error)) throw error
    return { named: null, problem: error.message }
  }
}

function presentDevices(
  state: MigState,
  strategy: MigStrategy,
): ReadonlyMap<string, OfferedDevice> {
  const devices = state.gpus.flatMap((gpu) =>
    strategy === 'none' || gpu.mig?.enabled !== true ? [wholeGpu(gpu)] : migDevices(gpu),
  )
  return new Map(devices.map((device) => [device.uuid, device]))
}

function wholeGpu({ uuid, index }: AnyGpuState): OfferedDevice {
  return {
    uuid,
    gpu: uuid,
    gpuIndex: index,
    gpuInstanceId: null,
    computeInstanceId: null,
    isLost: false,
  }
}

function migDevices(gpu: AnyGpuState): readonly OfferedDevice[] {
  return devicesOf(gpu).flatMap(({ uuid, gpuInstanceId, computeInstanceId }) =>
    uuid === null
      ? []
      : [{ ...wholeGpu(gpu), uuid, gpuInstanceId, computeInstanceId } satisfies OfferedDevice],
  )
}

function asLost(device: OfferedDevice, { lostGpus }: MigState): OfferedDevice | undefined {
  const isLost = lostGpus.some(({ uuid, index }) =>
    uuid === null ? index === device.gpuIndex : uuid === device.gpu,
  )
  return isLost ? { ...device, isLost } : undefined
}

/** By GPU, then by ids: the order of NVML. */
function inOrder(offer: Offer): Offer {
  const place = ({ gpuIndex, gpuInstanceId, computeInstanceId }: OfferedDevice): number =>
    (gpuIndex * 256 + (gpuInstanceId ?? 0)) * 256 + (computeInstanceId ?? 0)
  return new Map(
    [...offer]
      .map(
        ([resource, devices]) =>
          [resource, devices.toSorted((a, b) => place(a) - place(b))] as const,
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
