import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import type { PlacedComputeInstance, PlacedGpuInstance } from '../../../types/solver/layout.js'
import { listPlacedDevices } from '../../model/state.js'
import { isPart } from '../resource-name.js'
import { gpuDeviceName, migDeviceName, placedDeviceName } from './device-names.js'

/** A device that a slice of this GPU may have. */
export interface ClaimableDevice {
  readonly name: string
  /** With the compute instance of the device. Null: it is the whole GPU. */
  readonly instance: PlacedGpuInstance | null
}

/** Every placement of every profile, and the parts of GPU instances that are there. */
export function claimableDevices(
  gpu: AnyGpuState,
  geometry: Geometry | null,
): readonly ClaimableDevice[] {
  const gpuName = gpuDeviceName(gpu)
  if (gpu.mig?.enabled !== true) return [{ name: gpuName, instance: null }]
  const possible = (geometry?.profiles ?? []).flatMap((profile) =>
    profile.placements.map((placement) => ({
      name: migDeviceName(gpuName, profile.name, profile, placement.start),
      instance: { profileId: profile.id, placement, computeInstances: [fullInstance(profile)] },
    })),
  )
  const parts = gpu.gpuInstances === null ? [] : listPlacedDevices(gpu)
  return [
    ...possible,
    ...parts
      .filter(({ computeInstance }) => isPart(computeInstance.name))
      .map((placed) => {
        const { profileId, placement } = placed.gpuInstance
        const { sliceCount, placement: own } = placed.computeInstance
        const computeInstances = [{ sliceCount, placement: own }]
        return {
          name: placedDeviceName(gpuName, placed),
          instance: { profileId, placement, computeInstances },
        }
      }),
  ]
}

function fullInstance({
  sliceCount,
  computeInstanceProfiles,
}: GpuInstanceProfile): PlacedComputeInstance {
  const full = computeInstanceProfiles?.find((size) => size.sliceCount === sliceCount)
  return { sliceCount, placement: full?.placements[0] ?? null }
}
