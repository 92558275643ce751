import type { Placement } from '../../../types/model/geometry.js'
import type {
  Layout,
  PlacedComputeInstance,
  PlacedGpuInstance,
} from '../../../types/solver/layout.js'
import { MigError } from '../../errors.js'
import { at } from '../../model/numbers.js'
import { formatPlacement, isSamePlace, overlaps } from '../../model/placement.js'
import type { Contents, WeighedCell } from '../compute/compute-packing.js'
import { placeComputeInstances } from '../compute/hold-compute-instances.js'
import type { CompiledPlacement, CompiledProfile, ComputeTable, Tables } from '../tables/tables.js'

/** A GPU instance on the GPU that a layout may keep. */
export interface CurrentInstance {
  readonly instance: PlacedGpuInstance
  readonly profile: CompiledProfile
  readonly place: CompiledPlacement
  readonly contents: Contents
  /** The cell of each compute instance of `instance`. */
  readonly cellOf: ReadonlyMap<PlacedComputeInstance, WeighedCell>
  /** It, or a compute instance in it, must stay. */
  readonly pinned: boolean
  /** How much it is worth to keep the GPU instance itself. */
  readonly weight: number
}

/**
 * How much it is worth to keep an instance, so that one sum says what a layout keeps. One busy compute
 * instance is worth more than all others, and one compute instance more than all GPU instances. No GPU
 * has 1,024 of them.
 */
export const weights: {
  readonly gpuInstance: number
  readonly computeInstance: number
  readonly busy: number
} = { gpuInstance: 1, computeInstance: 1024, busy: 1024 * 1024 }

export interface CurrentInstances {
  readonly instances: readonly CurrentInstance[]
  /** Pinned instances that no layout of this geometry can contain. */
  readonly misfits: readonly PlacedGpuInstance[]
}

/**
 * Throws `MIG_SOLVER_INPUT` for instances that overlap. Instances that the geometry does not have are no
 * mistake; they just cannot stay.
 */
export function checkCurrent(current: Layout): void {
  for (const [index, a] of current.entries()) {
    for (let other = index + 1; other < current.length; other += 1) {
      const b = at(current, other)
      if (!overlaps(a.placement, b.placement)) continue
      throw new MigError(
        'MIG_SOLVER_INPUT',
        `Two instances of the current layout overlap, at ${formatPlacement(a.placement)} and ${formatPlacement(b.placement)}.`,
      )
    }
  }
}

/**
 * Matches the current layout with the geometry. An instance that the geometry does not have cannot be
 * kept.
 */
export function matchCurrentInstances(tables: Tables, current: Layout): CurrentInstances {
  const instances: CurrentInstance[] = []
  const misfits: PlacedGpuInstance[] = []
  for (const instance of current) {
    const profile = tables.profileById.get(instance.profileId)
    const place = profile?.placements.find(({ placement }) =>
      isSamePlace(placement, instance.placement),
    )
    if (profile === undefined || place === undefined) {
      if (isPinned(instance)) misfits.push(instance)
      continue
    }
    const cellOf = matchCells(profile.compute, instance)
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
      weight:
        weights.gpuInstance + (instance.busy === true && cellOf.size === 0 ? weights.busy : 0),
    })
  }
  return { instances, misfits }
}

function isPinned(instance: PlacedGpuInstance): boolean {
  return (
    instance.pinned === true || instance.computeInstances.some((compute) => compute.pinned === true)
  )
}

/**
 * Compute instances without a reported placement get the lowest places that are possible together.
 */
function matchCells(
  table: ComputeTable,
  { computeInstances, busy }: PlacedGpuInstance,
): ReadonlyMap<PlacedComputeInstance, WeighedCell> {
  const cells = new Map<PlacedComputeInstance, WeighedCell>()
  const taken = (): readonly Placement[] => [...cells.values()].map(({ placement }) => placement)
  const match = (
    compute: PlacedComputeInstance,
    isHere: (placement: Placement) => boolean,
  ): void => {
    const size = table.sizes.findIndex((entry) => entry.sliceCount === compute.sliceCount)
    const placement = table.sizes[size]?.placements.find(
      (candidate) => isHere(candidate) && !taken().some((other) => overlaps(other, candidate)),
    )
    if (placement === undefined) return
    const isBusy = busy === true || compute.busy === true
    const weight = weights.computeInstance + (isBusy ? weights.busy : 0)
    cells.set(compute, { size, placement, weight })
  }
  const unknown: PlacedComputeInstance[] = []
  for (const compute of computeInstances) {
    if (compute.placement === null) unknown.push(compute)
    else match(compute, ({ start }) => start === compute.placement?.start)
  }
  if (unknown.length === 0) return cells
  unknown.sort((a, b) => b.sliceCount - a.sliceCount || rankMarks(a) - rankMarks(b))
  const placements = placeComputeInstances(
    table,
    taken(),
    unknown.map(({ sliceCount }) => sliceCount),
  )
  for (const [index, compute] of unknown.entries()) {
    // If they do not all fit, as many as possible.
    match(compute, (candidate) => placements === null || candidate === placements[index])
  }
  return cells
}

/** Makes the answer independent of the order of equal instances. */
function rankMarks({ pinned, busy }: PlacedComputeInstance): number {
  return (pinned === true ? 0 : 2) + (busy === true ? 0 : 1)
}
