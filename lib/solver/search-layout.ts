import type { Layout } from '../../types/solver.js'
import { buildInstances, byPlacement } from './build-layout.js'
import type { CompiledGeometry, CompiledProfile } from './compile-geometry.js'
import type { CurrentInstance } from './current-instances.js'
import type { Demand } from './demand.js'
import { exceedsGpu } from './gpu-limits.js'
import { listProfileOptions, type ProfileOption } from './profile-options.js'
import { countRoom } from './room.js'

export interface FoundLayout {
  readonly layout: Layout
  readonly keptComputeInstances: number
  readonly keptGpuInstances: number
}

interface Candidate {
  readonly options: readonly ProfileOption[]
  readonly keptComputeInstances: number
  readonly keptGpuInstances: number
  readonly gpuInstances: number
  readonly mask: number
  /** By profile position. */
  readonly counts: readonly number[]
}

/**
 * The best layout with exactly the wanted devices, or null when there is none. Branch and bound: one
 * profile after the other takes one of its options, and a branch is left as soon as even the best of
 * what is open could not beat what was found.
 */
export function searchLayout(
  geometry: CompiledGeometry,
  demands: ReadonlyMap<CompiledProfile, Demand>,
  current: readonly CurrentInstance[],
): FoundLayout | null {
  const optionLists: (readonly ProfileOption[])[] = []
  for (const profile of geometry.searchOrder) {
    const demand = demands.get(profile)
    if (demand === undefined) continue
    const there = current.filter((instance) => instance.profile === profile)
    const options = listProfileOptions(demand, there)
    if (options.length === 0) return null
    optionLists.push(options)
  }
  const best = searchOptions(geometry, optionLists)
  if (best === null) return null
  return {
    layout: best.options.flatMap(buildInstances).sort(byPlacement),
    keptComputeInstances: best.keptComputeInstances,
    keptGpuInstances: best.keptGpuInstances,
  }
}

function searchOptions(
  geometry: CompiledGeometry,
  optionLists: readonly (readonly ProfileOption[])[],
): Candidate | null {
  const bounds = boundsFrom(optionLists)
  const counts = geometry.profiles.map(() => 0)
  const chosen: ProfileOption[] = []
  let best: Candidate | null = null

  const search = (
    depth: number,
    mask: number,
    computeInstances: number,
    gpuInstances: number,
    size: number,
  ): void => {
    const bound = bounds[depth]
    if (bound === undefined) return
    if (best !== null) {
      const order =
        computeInstances + bound.computeInstances - best.keptComputeInstances ||
        gpuInstances + bound.gpuInstances - best.keptGpuInstances ||
        best.gpuInstances - (size + bound.size)
      if (order < 0) return
    }
    const options = optionLists[depth]
    if (options === undefined) {
      if (exceedsGpu(geometry, counts)) return
      const candidate = {
        options: [...chosen],
        keptComputeInstances: computeInstances,
        keptGpuInstances: gpuInstances,
        gpuInstances: size,
        mask,
        counts: [...counts],
      }
      if (best === null || compareCandidates(geometry, candidate, best) < 0) best = candidate
      return
    }
    for (const option of options) {
      if ((mask & option.mask) !== 0) continue
      const { position } = option.demand.profile
      counts[position] = option.places.length
      chosen.push(option)
      search(
        depth + 1,
        mask | option.mask,
        computeInstances + option.keptComputeInstances,
        gpuInstances + option.keptGpuInstances,
        size + option.places.length,
      )
      chosen.pop()
      counts[position] = 0
    }
  }
  search(0, 0, 0, 0, 0)
  return best
}

/** For each depth, the most that the profiles from there on can still keep, and the fewest instances that they need. */
function boundsFrom(
  optionLists: readonly (readonly ProfileOption[])[],
): readonly { computeInstances: number; gpuInstances: number; size: number }[] {
  let computeInstances = 0
  let gpuInstances = 0
  let size = 0
  const bounds = [{ computeInstances, gpuInstances, size }]
  for (const options of optionLists.toReversed()) {
    computeInstances += Math.max(...options.map((option) => option.keptComputeInstances))
    gpuInstances += Math.max(...options.map((option) => option.keptGpuInstances))
    size += Math.min(...options.map((option) => option.places.length))
    bounds.unshift({ computeInstances, gpuInstances, size })
  }
  return bounds
}

/** Negative: `a` is better. Never 0 for two different layouts, so that every platform finds the same one. */
function compareCandidates(geometry: CompiledGeometry, a: Candidate, b: Candidate): number {
  return (
    b.keptComputeInstances - a.keptComputeInstances ||
    b.keptGpuInstances - a.keptGpuInstances ||
    a.gpuInstances - b.gpuInstances ||
    countRoom(geometry, b.counts, b.mask) - countRoom(geometry, a.counts, a.mask) ||
    compareStarts(a.options, b.options)
  )
}

/** Lower starts first; where all are equal, the profile that comes first sits lowest. */
function compareStarts(a: readonly ProfileOption[], b: readonly ProfileOption[]): number {
  const left = listStarts(a)
  const right = listStarts(b)
  for (const key of ['start', 'position'] as const) {
    for (const [index, entry] of left.entries()) {
      const order = entry[key] - (right[index]?.[key] ?? 0)
      if (order !== 0) return order
    }
  }
  return 0
}

function listStarts(
  options: readonly ProfileOption[],
): readonly { readonly start: number; readonly position: number }[] {
  return options
    .flatMap(({ places, demand }) =>
      places.map(({ placement }) => ({
        start: placement.start,
        position: demand.profile.position,
      })),
    )
    .sort((a, b) => a.start - b.start)
}
