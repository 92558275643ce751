import type { Engines } from '../../types/geometry.js'
import type { InfeasibleReason } from '../../types/solver.js'
import { type CompiledGeometry, type CompiledProfile, engineKinds } from './compile-geometry.js'
import type { Demand } from './demand.js'
import { countNewInstances } from './place-instances.js'

/** What is wanted and the GPU has too little of, wherever the instances sit. */
export function explainAmounts(
  geometry: CompiledGeometry,
  demands: ReadonlyMap<CompiledProfile, Demand>,
): InfeasibleReason | null {
  let slices = 0
  let units = 0
  const engines: Record<keyof Engines, number> = {
    copy: 0,
    decoder: 0,
    encoder: 0,
    jpeg: 0,
    ofa: 0,
  }
  for (const entry of geometry.profiles) {
    const { maximum, unitCount, profile } = entry
    const demand = demands.get(entry)
    if (demand === undefined) continue
    const wanted = countNewInstances(demand, [])
    if (wanted > maximum) {
      return { kind: 'profile-maximum', profileId: profile.id, wanted, available: maximum }
    }
    slices += wanted * profile.sliceCount
    units += wanted * unitCount
    for (const kind of engineKinds) engines[kind] += wanted * profile.engines[kind]
  }
  if (slices > geometry.computeSlices) {
    return { kind: 'compute-slices', wanted: slices, available: geometry.computeSlices }
  }
  if (units > geometry.memoryUnits) {
    return { kind: 'memory-units', wanted: units, available: geometry.memoryUnits }
  }
  for (const engine of engineKinds) {
    const available = geometry.engines[engine]
    if (engines[engine] > available) {
      return { kind: 'engines', engine, wanted: engines[engine], available }
    }
  }
  return null
}
