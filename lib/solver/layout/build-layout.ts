import type { PlacedComputeInstance, PlacedGpuInstance } from '../../../types/solver/layout.js'
import { isSamePlace } from '../../model/placement.js'
import type { Filling } from '../compute/compute-packing.js'
import type { ProfileOption, ProfileTask } from '../repartition/profile-options.js'
import type { CompiledPlacement, CompiledProfile } from '../tables/tables.js'
import { wholeInstance } from '../tables/whole-instance.js'
import type { CurrentInstance } from './current-instances.js'

/** The instances of an option, as data: kept ones as they are, new ones with their places. */
export function buildInstances(
  option: ProfileOption,
  task: ProfileTask,
): readonly PlacedGpuInstance[] {
  const { profile, set } = option
  const kept = set.places.map(task.currentAt)
  const packing = task.packingAt(set)
  // A packing has the fillings of the kept instances first.
  let keptSoFar = 0
  let newSoFar = kept.filter((instance) => instance !== null).length
  return set.places.map((place, index) => {
    const there = kept[index] ?? null
    const filling = packing?.fillings[there === null ? newSoFar++ : keptSoFar++]
    if (filling !== undefined) return buildInstance(profile, place, filling, there)
    const whole = wholeInstance(profile, place)
    return there === null ? whole : keepInstance(whole, there)
  })
}

/** The full compute instance as it is, where it is there. */
function keepInstance(
  whole: PlacedGpuInstance,
  { instance, cellOf, profile }: CurrentInstance,
): PlacedGpuInstance {
  const { sliceCount } = profile.profile
  for (const there of cellOf.keys()) {
    if (there.sliceCount !== sliceCount) continue
    const asNew =
      there.pinned !== true &&
      there.busy !== true &&
      isSamePlace(there.placement, whole.computeInstances[0]?.placement ?? null)
    if (!asNew) return { ...whole, computeInstances: [copy(there)], ...marks(instance) }
  }
  return isMarked(instance) ? { ...whole, ...marks(instance) } : whole
}

export function buildInstance(
  profile: CompiledProfile,
  { placement }: CompiledPlacement,
  filling: Filling,
  kept: CurrentInstance | null,
): PlacedGpuInstance {
  return {
    profileId: profile.profile.id,
    placement: { start: placement.start, size: placement.size },
    computeInstances: placeComputeInstances(profile, filling, kept),
    ...(kept === null ? {} : marks(kept.instance)),
  }
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
          return { start: placement.start, placed: copy(there) }
        }
      }
      const sliceCount = compute.sizes[cell.size]?.sliceCount ?? 0
      const { start, size } = cell.placement
      return {
        start,
        placed: {
          sliceCount,
          placement: compute.takesPlacements ? { start, size } : null,
          ...(compute.assumed ? { placementAssumed: true } : {}),
        },
      }
    })
    .sort((a, b) => a.start - b.start)
    .map(({ placed }) => placed)
}

/** The caller's own objects are never frozen with the answer. */
function copy(there: PlacedComputeInstance): PlacedComputeInstance {
  const { placement } = there
  return {
    ...there,
    placement: placement === null ? null : { start: placement.start, size: placement.size },
  }
}

function marks({ pinned, busy }: PlacedGpuInstance): Pick<PlacedGpuInstance, 'pinned' | 'busy'> {
  return { ...(pinned === true ? { pinned } : {}), ...(busy === true ? { busy } : {}) }
}

function isMarked({ pinned, busy }: PlacedGpuInstance): boolean {
  return pinned === true || busy === true
}
