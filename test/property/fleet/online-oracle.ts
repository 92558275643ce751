import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import type { Geometry } from '../../../types/model/geometry.js'

// The simplest fleet: a list of GPUs, a list of instances on each, and every place is tried.

export interface NaiveGpu {
  readonly id: string
  readonly geometry: Geometry
  instances: FleetInstance[]
}

export function naiveFleet(gpus: readonly FleetGpu[]): NaiveGpu[] {
  return gpus.map(({ id, geometry, layout }) => ({
    id,
    geometry: geometry as Geometry,
    instances: [...(layout ?? [])],
  }))
}

export function legalPlaces(gpu: NaiveGpu, profileName: string): FleetInstance[] {
  const profile = gpu.geometry.profiles.find(({ name }) => name === profileName)
  if (profile === undefined) return []
  return profile.placements
    .map((placement) => ({ profileId: profile.id, placement }))
    .filter((instance) => isLegal(gpu.geometry, [...gpu.instances, instance]))
}

/** By the rules of the MIG User Guide: no overlap, and no more of a profile or of compute than the GPU has. */
export function isLegal(geometry: Geometry, instances: readonly FleetInstance[]): boolean {
  const used = new Set<number>()
  const counts = new Map<number, number>()
  let slices = 0
  for (const { profileId, placement } of instances) {
    const profile = geometry.profiles.find(({ id }) => id === profileId)
    if (profile === undefined) return false
    const count = (counts.get(profileId) ?? 0) + 1
    if (count > profile.instanceCount) return false
    counts.set(profileId, count)
    slices += profile.sliceCount
    for (let unit = 0; unit < placement.size; unit += 1) {
      if (used.has(placement.start + unit)) return false
      used.add(placement.start + unit)
    }
  }
  return slices <= 7
}

export function freeUnits(gpu: NaiveGpu): number {
  return 8 - gpu.instances.reduce((sum, { placement }) => sum + placement.size, 0)
}
