import type { PlacedGpuInstance } from '../../../types/solver/layout.js'
import { isSamePlace } from '../../model/placement.js'
import {
  buildInstance,
  copyComputeInstance,
  marksOf,
  wholeInstance,
} from '../layout/build-layout.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { ProfileOption, ProfileTask } from './profile-options.js'

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
    if (!asNew)
      return { ...whole, computeInstances: [copyComputeInstance(there)], ...marksOf(instance) }
  }
  return isMarked(instance) ? { ...whole, ...marksOf(instance) } : whole
}

function isMarked({ pinned, busy }: PlacedGpuInstance): boolean {
  return pinned === true || busy === true
}
