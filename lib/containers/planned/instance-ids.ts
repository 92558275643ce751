import type { Placement } from '../../../types/model/geometry.js'
import type { GpuState, MigUuid } from '../../../types/model/state.js'
import { findCatalogGpu } from '../../model/catalog.js'
import { isSamePlace } from '../../model/placement.js'

/** What the driver will give new instances of a GPU, as far as that can be said. */
export interface InstanceIds {
  /** The id of a GPU instance at this place. Null: not known. */
  idAt(placement: Placement): number | null
  /** The UUID of a device with these ids. Null: not known. */
  uuidAt(gpuInstanceId: number, computeInstanceId: number): MigUuid | null
}

/**
 * The id of a GPU instance follows from its place. There are two kinds of boards; which one it is shows in the instances
 * that are there, and does not matter where both give one id. A UUID follows from the GPU and both ids. Sources:
 * open-gpu-kernel-modules, kernel_mig_manager.c and gpu_uuid.c; catalog/mig-gpus.json, captures of boards with swapped
 * halves.
 */
export function instanceIdsOf(gpu: GpuState): InstanceIds {
  const entry = findCatalogGpu(gpu.pciDeviceId, gpu.name)
  const boards = [entry?.gpuInstanceIds, entry?.swappedGpuInstanceIds].filter(
    (ids) => ids !== null && ids !== undefined,
  )
  const possible = boards.filter((ids) =>
    gpu.gpuInstances.every(({ id, placement }) => ids[spanOf(placement)] === id),
  )
  return {
    idAt(placement) {
      const live = gpu.gpuInstances.find((each) => isSamePlace(each.placement, placement))
      if (live !== undefined) return live.id
      const [id, ...others] = new Set(possible.map((ids) => ids[spanOf(placement)]))
      return others.length > 0 ? null : (id ?? null)
    },
    uuidAt(gpuInstanceId, computeInstanceId) {
      const instance = gpu.gpuInstances.find(({ id }) => id === gpuInstanceId)
      return instance?.computeInstances.find(({ id }) => id === computeInstanceId)?.uuid ?? null
    },
  }
}

function spanOf({ start, size }: Placement): string {
  return `${start}:${size}`
}
