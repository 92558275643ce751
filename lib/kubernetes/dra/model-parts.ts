import type { CounterSet, SliceDevice } from '../../../types/kubernetes/dra/objects.js'
import type { Geometry, GpuInstanceProfile, Placement } from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { cached } from '../../model/cached.js'
import { completeGeometry } from '../../model/geometry.js'
import { capacityOf, consumptionOf, countersOf, unitCounters } from './capacity.js'

/** What GPUs of one model have in common. */
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

const known = new WeakMap<Geometry, Map<string, ModelParts | null>>()

/** In place of a geometry that the driver does not report. */
const unreported: Geometry = { profiles: [] }

/**
 * The parts of a GPU. Null: its geometry is not known. Equal GPUs share what the driver reports, in one state and from state to
 * state, so they share their parts; an order that is computed from the geometry of the parts is then computed once.
 */
export function modelPartsOf(gpu: AnyGpuState, driverVersion: string): ModelParts | null {
  const { pciDeviceId, name, memoryMiB, mig } = gpu
  const model = [pciDeviceId, name, memoryMiB, mig === null, driverVersion].join('|')
  const models = cached(
    known,
    gpu.geometry ?? unreported,
    () => new Map<string, ModelParts | null>(),
  )
  return cached(models, model, () => {
    const geometry = completeGeometry(gpu, driverVersion)
    return geometry === null ? null : partsOf(geometry)
  })
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
