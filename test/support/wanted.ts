import type { MigConfigDocument } from '../../types/config/config.js'
import type { GpuState } from '../../types/model/state.js'

/** A document with one configuration that wants the same devices on every GPU. */
export function wantOnAll(devices: Readonly<Record<string, number>>): MigConfigDocument {
  return {
    version: 'v1',
    'mig-configs': {
      wanted: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': devices }],
    },
  }
}

/** How many MIG devices of each name a GPU has. */
export function countDevices(gpu: GpuState): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const device of gpu.gpuInstances.flatMap((instance) => instance.computeInstances))
    counts[device.name] = (counts[device.name] ?? 0) + 1
  return counts
}

/** Everything of a GPU that an undo must bring back. */
export function placesOf(gpu: GpuState): unknown {
  return {
    mode: gpu.mig,
    instances: gpu.gpuInstances.map((instance) => ({
      profile: instance.profileName,
      placement: instance.placement,
      devices: instance.computeInstances.map((part) => [part.name, part.placement]),
    })),
  }
}
