import type { PlacedComputeInstance, PlacedGpuInstance } from '../../types/solver.js'
import type { CompiledProfile } from './compile-geometry.js'
import type { Filling } from './compute-packing.js'
import type { CurrentInstance } from './current-instances.js'
import type { ProfileOption } from './profile-options.js'

/** The instances of an option, as data: kept ones as they are, new ones with their places. */
export function buildInstances(option: ProfileOption): readonly PlacedGpuInstance[] {
  const fillings = option.packing.fillings
  let keptSoFar = 0
  let newSoFar = option.keptGpuInstances
  return option.places.map(({ placement }, index) => {
    const kept = option.kept[index] ?? null
    const filling = fillings[kept === null ? newSoFar++ : keptSoFar++]
    if (filling === undefined) throw new Error('a packing has a filling for each GPU instance')
    return {
      profileId: option.demand.profile.profile.id,
      placement: { start: placement.start, size: placement.size },
      computeInstances: placeComputeInstances(option.demand.profile, filling, kept),
      ...(kept?.instance.pinned === true ? { pinned: true } : {}),
    }
  })
}

function placeComputeInstances(
  { compute }: CompiledProfile,
  filling: Filling,
  kept: CurrentInstance | null,
): readonly PlacedComputeInstance[] {
  return filling.cells
    .map((cell): { readonly start: number; readonly placed: PlacedComputeInstance } => {
      for (const [there, { size, placement }] of kept?.cellOf ?? []) {
        if (size === cell.size && placement.start === cell.placement.start) {
          return { start: placement.start, placed: { ...there } }
        }
      }
      const sliceCount = compute.sizes[cell.size]?.sliceCount ?? 0
      const { start, size } = cell.placement
      const assumed = compute.assumed && sliceCount !== compute.sliceCount
      return {
        start,
        placed: {
          sliceCount,
          placement: compute.takesPlacements ? { start, size } : null,
          ...(assumed ? { placementAssumed: true } : {}),
        },
      }
    })
    .sort((a, b) => a.start - b.start)
    .map(({ placed }) => placed)
}

export function byPlacement(a: PlacedGpuInstance, b: PlacedGpuInstance): number {
  return a.placement.start - b.placement.start || a.placement.size - b.placement.size
}
