import type { TargetGpuInstance } from '../../types/plan.js'
import type { ComputeInstance, GpuInstance, GpuState } from '../../types/state.js'

/** What of exact placements is missing, not wanted or filled otherwise. */
export function comparePlacements(
  wanted: readonly TargetGpuInstance[],
  { gpuInstances }: GpuState,
): readonly string[] {
  const liveAt = (instance: TargetGpuInstance): GpuInstance | undefined =>
    gpuInstances.find((live) => isSamePlace(live, instance))
  const missing = wanted.filter((instance) => liveAt(instance) === undefined)
  const surplus = gpuInstances.filter(
    (live) => !wanted.some((instance) => isSamePlace(live, instance)),
  )
  return [
    ...missing.map((instance) => `${describe(instance)} is missing`),
    ...surplus.map((instance) => `${describe(instance)} is not wanted`),
    ...wanted.flatMap((instance) => {
      const live = liveAt(instance)
      if (live === undefined || holdsParts(live, instance)) return []
      return [`${describe(instance)} has ${describeParts(live)}; wanted ${describeParts(instance)}`]
    }),
  ]
}

function isSamePlace(live: GpuInstance, wanted: TargetGpuInstance): boolean {
  return (
    live.profileId === wanted.profileId &&
    live.placement.start === wanted.placement.start &&
    live.placement.size === wanted.placement.size
  )
}

type Part = TargetGpuInstance['computeInstances'][number]

/** What is not told of a compute instance may be anything. */
function holdsParts(live: GpuInstance, { computeInstances }: TargetGpuInstance): boolean {
  if (live.computeInstances.length !== computeInstances.length) return false
  const left = new Set(live.computeInstances)
  // The ones of which most is told choose first.
  return computeInstances
    .toSorted((a, b) => Number(a.placement === null) - Number(b.placement === null))
    .every((part) => {
      const found = [...left].find((there) => isPart(there, part))
      return found !== undefined && left.delete(found)
    })
}

function isPart(there: ComputeInstance, wanted: Part): boolean {
  return (
    there.sliceCount === wanted.sliceCount &&
    (wanted.profileId === undefined || there.profileId === wanted.profileId) &&
    (wanted.placement === null ||
      there.placement === null ||
      there.placement.start === wanted.placement.start)
  )
}

function describe({ profileName, placement }: GpuInstance | TargetGpuInstance): string {
  return `${profileName} at ${placement.start}:${placement.size}`
}

function describeParts({ computeInstances }: GpuInstance | TargetGpuInstance): string {
  const parts = computeInstances.map(({ name, placement }) =>
    placement === null ? name : `${name} from slice ${placement.start}`,
  )
  return parts.length === 0 ? 'no compute instance' : parts.join(', ')
}
