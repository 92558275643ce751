import type { CounterSet, SliceDevice } from '../../../types/kubernetes/dra/objects.js'
import type { Geometry, GpuInstanceProfile, Placement } from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { cached } from '../../model/cached.js'
import { completeGeometry } from '../../model/geometry.js'
import { capacityOf, consumptionOf, countersOf, unitCounters } from './capacity.js'

/** What GPUs of one model have in common, made once for all of them. */
export interface ModelParts {
  readonly geometry: Geometry
  readonly counters: CounterSet['counters']
  readonly places: readonly PlaceParts[]
}

/** What devices at one place have in common. */
export interface PlaceParts {
  readonly profile: GpuInstanceProfile
  readonly placement: Placement
  readonly capacity: SliceDevice['capacity']
  readonly counters: CounterSet['counters']
}

/** Finds the parts of a GPU. Null: its geometry is not known. */
export type FindParts = (gpu: AnyGpuState) => ModelParts | null

export function partsByModel(driverVersion: string): FindParts {
  const known = new Map<string, Map<Geometry | null, ModelParts | null>>()
  return (gpu) => {
    const model = `${gpu.pciDeviceId} ${gpu.name} ${gpu.memoryMiB} ${gpu.mig === null}`
    const same = cached(known, model, () => new Map())
    // Equal GPUs of a state share what the driver reports.
    return cached(same, gpu.geometry, () => {
      const geometry = completeGeometry(gpu, driverVersion)
      return geometry === null ? null : partsOf(geometry)
    })
  }
}

function partsOf(geometry: Geometry): ModelParts {
  const places = geometry.profiles.flatMap((profile) => {
    const capacity = capacityOf(profile)
    const counters = consumptionOf(profile)
    return profile.placements.map((placement) => ({
      profile,
      placement,
      capacity,
      counters: { ...counters, ...unitCounters(placement) },
    }))
  })
  return { geometry, counters: countersOf(geometry), places }
}
