import type { Engines } from '../../../types/model/geometry.js'
import type { InfeasibleReason } from '../../../types/solver/explain.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { Demand } from '../layout/demand.js'
import { engineKinds } from '../tables/limits.js'
import type { CompiledProfile, Tables } from '../tables/tables.js'
import { countNewInstances } from './place-instances.js'

/** Reasons that hold wherever the instances sit. */
export type AmountReason = Extract<
  InfeasibleReason,
  { readonly kind: 'profile-maximum' | 'compute-slices' | 'memory-units' | 'engines' }
>

/**
 * What the demands and the instances that stay need, and the GPU has too little of, wherever they sit.
 * The pinned contents of those that stay must be a part of the demands.
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
