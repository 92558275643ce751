import type { CompiledPlacement } from './compile-geometry.js'
import {
  type Choice,
  listChoices,
  listFillings,
  type Packing,
  packComputeInstances,
} from './compute-packing.js'
import type { CurrentInstance } from './current-instances.js'
import { countDevices, type Demand } from './demand.js'

/** One way of meeting the demand for one profile: where its GPU instances sit and what is in them. */
export interface ProfileOption {
  readonly demand: Demand
  readonly mask: number
  /** In ascending order of start. */
  readonly places: readonly CompiledPlacement[]
  /** For each place, the instance that is kept there. */
  readonly kept: readonly (CurrentInstance | null)[]
  /** `packing.fillings` is for the kept instances first, then for the new ones. */
  readonly packing: Packing
  readonly keptComputeInstances: number
  readonly keptGpuInstances: number
}

/**
 * Every way of meeting one profile's demand on an otherwise empty GPU, with its pinned instances
 * where they are, those that keep the most first.
 */
export function listProfileOptions(
  demand: Demand,
  current: readonly CurrentInstance[],
): readonly ProfileOption[] {
  const { profile, counts } = demand
  const most = Math.min(profile.maximum, countDevices(counts))
  const pack = packer(demand, current)
  const currentAt = new Map(current.map((instance) => [instance.place, instance]))
  const options: ProfileOption[] = []
  const places: CompiledPlacement[] = []

  const choosePlaces = (index: number, mask: number): void => {
    const place = profile.placements[index]
    if (place === undefined) {
      const kept = places.map((entry) => currentAt.get(entry) ?? null)
      const packing = pack(kept)
      if (packing === null) return
      options.push({
        demand,
        mask,
        places: [...places],
        kept,
        packing,
        keptComputeInstances: packing.kept,
        keptGpuInstances: kept.filter((instance) => instance !== null).length,
      })
      return
    }
    if ((mask & place.mask) === 0 && places.length < most) {
      places.push(place)
      choosePlaces(index + 1, mask | place.mask)
      places.pop()
    }
    if (currentAt.get(place)?.pinned !== true) choosePlaces(index + 1, mask)
  }
  choosePlaces(0, 0)
  return options.sort(
    (a, b) =>
      b.keptComputeInstances - a.keptComputeInstances ||
      b.keptGpuInstances - a.keptGpuInstances ||
      a.places.length - b.places.length,
  )
}

/** New GPU instances are interchangeable, so a packing depends only on which ones are kept. */
function packer(
  { profile, counts }: Demand,
  current: readonly CurrentInstance[],
): (kept: readonly (CurrentInstance | null)[]) => Packing | null {
  const fillings = listFillings(profile.compute, counts)
  const choicesOf = new Map<CurrentInstance, readonly Choice[]>(
    current.map((instance) => [instance, listChoices(fillings, instance.contents)]),
  )
  const ofNew = listChoices(fillings, { cells: [], pinned: [] })
  const known = new Map<string, Packing | null>()
  const wanted = countDevices(counts)
  const slices = countSlices(profile.compute.sizes, counts)
  return (kept) => {
    // Each has at least one compute instance, and all together must have the slices.
    if (kept.length > wanted || kept.length * profile.profile.sliceCount < slices) return null
    const there = kept.filter((instance) => instance !== null)
    const key = `${kept.length}:${there.map((instance) => instance.place.placement.start).join()}`
    let packing = known.get(key)
    if (packing === undefined) {
      const choices = [
        ...there.map((instance) => choicesOf.get(instance) ?? []),
        ...Array.from({ length: kept.length - there.length }, () => ofNew),
      ]
      packing = packComputeInstances(choices, counts)
      known.set(key, packing)
    }
    return packing
  }
}

export function countSlices(
  sizes: readonly { readonly sliceCount: number }[],
  counts: readonly number[],
): number {
  return sizes.reduce((sum, size, index) => sum + size.sliceCount * (counts[index] ?? 0), 0)
}
