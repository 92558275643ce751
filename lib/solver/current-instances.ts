import type { Layout, PlacedComputeInstance, PlacedGpuInstance } from '../../types/solver.js'
import type { CompiledGeometry, CompiledPlacement, CompiledProfile } from './compile-geometry.js'
import { type Cell, type Contents, overlaps } from './compute-packing.js'
import type { ComputeTable } from './compute-table.js'

/** A GPU instance that is there, and that a layout may keep. */
export interface CurrentInstance {
  readonly instance: PlacedGpuInstance
  readonly profile: CompiledProfile
  readonly place: CompiledPlacement
  readonly contents: Contents
  /** Which compute instance of `instance` each cell of `contents` is. */
  readonly cellOf: ReadonlyMap<PlacedComputeInstance, Cell>
  /** It, or something in it, may not be touched. */
  readonly pinned: boolean
}

export interface CurrentInstances {
  readonly instances: readonly CurrentInstance[]
  /** Pinned instances that no layout of this geometry can hold. */
  readonly misfits: readonly PlacedGpuInstance[]
}

/** Matches the current layout with the geometry. What the geometry does not know cannot be kept. */
export function matchCurrentInstances(
  geometry: CompiledGeometry,
  current: Layout,
): CurrentInstances {
  const instances: CurrentInstance[] = []
  const misfits: PlacedGpuInstance[] = []
  for (const instance of current) {
    const profile = geometry.profileById.get(instance.profileId)
    const place = profile?.placements.find(
      ({ placement }) =>
        placement.start === instance.placement.start && placement.size === instance.placement.size,
    )
    if (profile === undefined || place === undefined) {
      if (isPinned(instance)) misfits.push(instance)
      continue
    }
    const cellOf = matchCells(profile.compute, instance.computeInstances)
    const mustStay = instance.computeInstances.filter(
      (compute) => instance.pinned === true || compute.pinned === true,
    )
    if (mustStay.some((compute) => !cellOf.has(compute))) misfits.push(instance)
    const pinned = mustStay.flatMap((compute) => cellOf.get(compute) ?? [])
    instances.push({
      instance,
      profile,
      place,
      contents: { cells: [...cellOf.values()], pinned },
      cellOf,
      pinned: isPinned(instance),
    })
  }
  return { instances, misfits }
}

function isPinned(instance: PlacedGpuInstance): boolean {
  return (
    instance.pinned === true || instance.computeInstances.some((compute) => compute.pinned === true)
  )
}

/** A compute instance whose place the driver does not tell gets the lowest one that is possible. */
function matchCells(
  table: ComputeTable,
  computeInstances: readonly PlacedComputeInstance[],
): ReadonlyMap<PlacedComputeInstance, Cell> {
  const cells = new Map<PlacedComputeInstance, Cell>()
  const known = computeInstances.filter((compute) => compute.placement !== null)
  const unknown = computeInstances.filter((compute) => compute.placement === null)
  for (const compute of [...known, ...unknown.sort((a, b) => b.sliceCount - a.sliceCount)]) {
    const size = table.sizes.findIndex((entry) => entry.sliceCount === compute.sliceCount)
    const placement = table.sizes[size]?.placements.find(
      (candidate) =>
        (compute.placement === null || compute.placement.start === candidate.start) &&
        ![...cells.values()].some((cell) => overlaps(cell.placement, candidate)),
    )
    if (placement !== undefined) cells.set(compute, { size, placement })
  }
  return cells
}
