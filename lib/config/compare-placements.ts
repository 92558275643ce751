import type { TargetGpuInstance } from '../../types/machine/plan.js'
import type { GpuInstance, GpuState } from '../../types/model/state.js'
import { formatPlacement, isSameInstance, mayBePart } from '../model/placement.js'

/** What of exact placements is missing, not wanted or filled otherwise. */
export function comparePlacements(
  wanted: readonly TargetGpuInstance[],
  { gpuInstances }: GpuState,
): readonly string[] {
  const liveAt = (instance: TargetGpuInstance): GpuInstance | undefined =>
    gpuInstances.find((live) => isSameInstance(live, instance))
  const missing = wanted.filter((instance) => liveAt(instance) === undefined)
  const surplus = gpuInstances.filter(
    (live) => !wanted.some((instance) => isSameInstance(live, instance)),
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

/** What is not told of a compute instance may be anything. */
function holdsParts(live: GpuInstance, { computeInstances }: TargetGpuInstance): boolean {
  if (live.computeInstances.length !== computeInstances.length) return false
  const left = new Set(live.computeInstances)
  // The ones of which most is told choose first.
  return computeInstances
    .toSorted((a, b) => Number(a.placement === null) - Number(b.placement === null))
    .every((part) => {
      const found = [...left].find((there) => mayBePart(there, part))
      return found !== undefined && left.delete(found)
    })
}

function describe({ profileName, placement }: GpuInstance | TargetGpuInstance): string {
  return `${profileName} at ${formatPlacement(placement)}`
}

function describeParts({ computeInstances }: GpuInstance | TargetGpuInstance): string {
  const parts = computeInstances.map(({ name, placement }) =>
    placement === null ? name : `${name} from slice ${placement.start}`,
  )
  return parts.length === 0 ? 'no compute instance' : parts.join(', ')
}
