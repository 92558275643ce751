import type { GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { formatGpus } from '../../model/gpu-text.js'
import type { PlacedDevice } from '../../model/state.js'
import { isPart } from '../resource-name.js'

// The names are those of NVIDIA's DRA driver 0.5, so that its users and ours can read each other's slices.

/** `gpu-0`: the number is that of the device node, which NVML calls the minor number. */
export function gpuDeviceName(gpu: AnyGpuState): string {
  if (gpu.minorNumber !== null) return `gpu-${gpu.minorNumber}`
  throw new MigError(
    'MIG_DEVICE_NUMBERS_UNKNOWN',
    `${formatGpus([gpu])} has no name in Kubernetes: it comes from the minor number, which the driver does not report`,
  )
}

/** `gpu-0-mig-1g5gb-me-20-3`: the profile without dots, its id, and the first memory unit. */
export function migDeviceName(
  gpuName: string,
  device: string,
  { id }: Pick<GpuInstanceProfile, 'id'>,
  start: number,
): string {
  const word = device
    .replaceAll('.', '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
  return `${gpuName}-mig-${word}-${id}-${start}`
}

/**
 * A MIG device that is there. Parts of a GPU instance have their id behind the name, because they differ in nothing else. NVIDIA's
 * driver gives them one name, and shows one of them.
 */
export function placedDeviceName(
  gpuName: string,
  { gpuInstance: { profileId, placement }, computeInstance: { id, name } }: PlacedDevice,
): string {
  return partDeviceName(migDeviceName(gpuName, name, { id: profileId }, placement.start), name, id)
}

/** The name of a MIG device, from that of a device that fills its GPU instance. */
export function partDeviceName(whole: string, device: string, computeInstanceId: number): string {
  return isPart(device) ? `${whole}-${computeInstanceId}` : whole
}

/** `gpu-0-counter-set` */
export function counterSetName(gpuName: string): string {
  return `${gpuName}-counter-set`
}

/** By code unit, the order in which NVIDIA's driver and the scheduler sort names. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  if (a.name === b.name) return 0
  return a.name < b.name ? -1 : 1
}
