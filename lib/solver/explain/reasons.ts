import type { Engines } from '../../../types/model/geometry.js'
import type { InfeasibleReason } from '../../../types/solver/explain.js'
import type { Partition, PlacedGpuInstance, WantedDevices } from '../../../types/solver/layout.js'
import { sum } from '../../model/numbers.js'
import { byPlacement } from '../../model/placement.js'
import type { CurrentInstance, CurrentInstances } from '../layout/current-instances.js'
import type { Demand } from '../layout/demand.js'
import { engineKinds } from '../tables/limits.js'
import type { CompiledProfile, Tables } from '../tables/tables.js'
import { countNewInstances } from './place-instances.js'

export interface UnknownSize {
  readonly wanted: WantedDevices
  readonly reason: Extract<
    InfeasibleReason,
    { readonly kind: 'unknown-profile' | 'compute-profile' }
  >
}

/** The first wanted size that this GPU does not have. */
export function explainUnknown(tables: Tables, partition: Partition): UnknownSize | null {
  for (const wanted of partition) {
    const { profileId, sliceCount } = wanted
    const profile = tables.profileById.get(profileId)
    if (profile === undefined) return { wanted, reason: { kind: 'unknown-profile', profileId } }
    const available = profile.compute.sizes.map((size) => size.sliceCount)
    if (!available.includes(sliceCount)) {
      available.sort((a, b) => a - b)
      return { wanted, reason: { kind: 'compute-profile', profileId, sliceCount, available } }
    }
  }
  return null
}

/** Pinned instances that are not among the wanted devices. */
export function explainPinned(
  demands: ReadonlyMap<CompiledProfile, Demand>,
  { instances, misfits }: CurrentInstances,
): Extract<InfeasibleReason, { readonly kind: 'pinned-unwanted' }> | null {
  const pinned = instances.filter((instance) => instance.pinned)
  const unwanted = new Set<PlacedGpuInstance>(misfits)
  for (const { profile } of pinned) {
    const staying = pinned.filter((instance) => instance.profile === profile)
    const counts = demands.get(profile)?.counts ?? profile.compute.sizes.map(() => 0)
    for (const [size, count] of counts.entries()) {
      const holders = staying.filter(({ contents }) =>
        contents.pinned.some((cell) => cell.size === size),
      )
      const there = holders.flatMap(({ contents }) =>
        contents.pinned.filter((cell) => cell.size === size),
      )
      if (there.length > count) for (const { instance } of holders) unwanted.add(instance)
    }
    // A pinned GPU instance without a pinned compute instance must get a wanted one.
    const bare = staying.filter(({ contents }) => contents.pinned.length === 0)
    const fixed = staying.reduce((sum, { contents }) => sum + contents.pinned.length, 0)
    if (sum(counts) - fixed < bare.length) {
      for (const { instance } of bare) unwanted.add(instance)
    }
  }
  return unwanted.size === 0
    ? null
    : { kind: 'pinned-unwanted', instances: [...unwanted].sort(byPlacement) }
}

/** Reasons that do not depend on positions. */
export type AmountReason = Extract<
  InfeasibleReason,
  { readonly kind: 'profile-maximum' | 'compute-slices' | 'memory-units' | 'engines' }
>

/**
 * The first amount of which the demands and the staying instances need more than the GPU has, at any
 * positions. The demands must include the pinned contents of the staying instances.
 */
export function explainAmounts(
  tables: Tables,
  demands: ReadonlyMap<CompiledProfile, Demand>,
  staying: readonly CurrentInstance[],
): AmountReason | null {
  let slices = 0
  let units = 0
  const engines: Record<keyof Engines, number> = {
    copy: 0,
    decoder: 0,
    encoder: 0,
    jpeg: 0,
    ofa: 0,
  }
  for (const entry of tables.profiles) {
    const { maximum, unitCount, profile } = entry
    const demand = demands.get(entry)
    const there = staying.filter((instance) => instance.profile === entry)
    const wanted = there.length + (demand === undefined ? 0 : countNewInstances(demand, there))
    if (wanted > maximum) {
      return { kind: 'profile-maximum', profileId: profile.id, wanted, available: maximum }
    }
    slices += wanted * profile.sliceCount
    units += wanted * unitCount
    for (const kind of engineKinds) engines[kind] += wanted * profile.engines[kind]
  }
  if (slices > tables.computeSlices) {
    return { kind: 'compute-slices', wanted: slices, available: tables.computeSlices }
  }
  if (units > tables.memoryUnits) {
    return { kind: 'memory-units', wanted: units, available: tables.memoryUnits }
  }
  for (const engine of engineKinds) {
    const available = tables.engines[engine]
    if (engines[engine] > available) {
      return { kind: 'engines', engine, wanted: engines[engine], available }
    }
  }
  return null
}
