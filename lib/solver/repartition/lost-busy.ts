import type {
  Layout,
  PlacedComputeInstance,
  PlacedGpuInstance,
} from '../../../types/solver/layout.js'
import { findDifference } from './difference.js'

/** What is busy in a layout and not in the target: whole GPU instances, or compute instances of them. */
export function listLostBusy(current: Layout, target: Layout): Layout {
  if (!current.some(isBusy)) return []
  const { kept, surplus } = findDifference<
    PlacedGpuInstance,
    PlacedGpuInstance,
    PlacedComputeInstance,
    PlacedComputeInstance
  >(current, target, () => true)
  return [
    ...surplus.filter(isBusy),
    ...kept.flatMap(({ instance, surplus: parts }) => {
      const lost = parts.filter((part) => instance.busy === true || part.busy === true)
      return lost.length === 0 ? [] : [{ ...instance, computeInstances: lost }]
    }),
  ]
    .map((instance) => structuredClone(instance))
    .sort((a, b) => a.placement.start - b.placement.start)
}

function isBusy({ busy, computeInstances }: PlacedGpuInstance): boolean {
  return busy === true || computeInstances.some((part) => part.busy === true)
}
