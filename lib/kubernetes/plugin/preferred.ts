import type { DevicePluginAllocation } from '../../../types/kubernetes/device-plugin.js'
import type { OfferedDevice } from './offer.js'

/** A device with the NUMA node of its GPU; null: not known. */
export interface PlacedDevice extends OfferedDevice {
  readonly numaNode: number | null
}

/** Which devices a container may get, and how many it wants. */
export interface PreferredRequest {
  readonly available: readonly string[]
  readonly mustInclude: readonly string[]
  readonly size: number
}

/**
 * Which of the available devices a container best gets. `packed`: from as few GPUs as possible, and from those of which most is in
 * use. `distributed`: from the GPUs of which least is in use, one each. Whole GPUs come from one NUMA node where one has enough.
 */
export function preferDevices(
  all: readonly PlacedDevice[],
  { available, mustInclude, size }: PreferredRequest,
  allocation: DevicePluginAllocation,
): readonly string[] {
  const free = new Set<string>(available)
  const chosen = all.filter(({ uuid }) => mustInclude.includes(uuid))
  const inUse = all.filter(({ uuid }) => !free.has(uuid))
  while (chosen.length < size) {
    const left = all.filter(
      ({ uuid }) => free.has(uuid) && chosen.every((one) => one.uuid !== uuid),
    )
    const [best] = left
      .map((device) => ({
        device,
        cost: costOf(device, { left, chosen, inUse, missing: size - chosen.length }, allocation),
      }))
      .toSorted((a, b) => compareCosts(a.cost, b.cost))
    if (best === undefined) break
    chosen.push(best.device)
  }
  return chosen.map(({ uuid }) => uuid)
}

interface Choice {
  readonly left: readonly PlacedDevice[]
  readonly chosen: readonly PlacedDevice[]
  readonly inUse: readonly PlacedDevice[]
  readonly missing: number
}

/** The smaller, the better; the first figure that differs decides. */
function costOf(
  device: PlacedDevice,
  { left, chosen, inUse, missing }: Choice,
  allocation: DevicePluginAllocation,
): readonly number[] {
  const here = (devices: readonly PlacedDevice[]): number =>
    devices.filter(({ gpu }) => gpu === device.gpu).length
  const near = (devices: readonly PlacedDevice[]): number =>
    devices.filter(({ numaNode }) => numaNode === device.numaNode).length
  if (device.gpuInstanceId === null) {
    const hasRoom = near(left) >= missing
    return [-near(chosen), hasRoom ? 0 : 1, hasRoom ? near(left) : -near(left)]
  }
  if (allocation === 'distributed') return [here(chosen), here(inUse), -here(left)]
  const hasRoom = here(left) >= missing
  return [-here(chosen), hasRoom ? 0 : 1, hasRoom ? here(left) : -here(left), -here(inUse)]
}

function compareCosts(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((cost, place) => cost !== b[place])
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0)
}
