import type { InfeasibleReason } from '../../../types/solver/explain.js'
import type { PlacedGpuInstance } from '../../../types/solver/layout.js'
import { byPlacement } from '../../model/placement.js'
import type { CurrentInstances } from '../layout/current-instances.js'
import { countDevices, type Demand } from '../layout/demand.js'
import type { CompiledProfile } from '../tables/tables.js'

/** Pinned instances that have no part in what is wanted. */
export function explainPinned(
  demands: ReadonlyMap<CompiledProfile, Demand>,
  { instances, misfits }: CurrentInstances,
): Extract<InfeasibleReason, { readonly kind: 'pinned-unwanted' }> | null {
  const pinned = instances.filter((instance) => instance.pinned)
  const unwanted = new Set<PlacedGpuInstance>(misfits)
  for (const { profile } of pinned) {
    const staying = pinned.filter((instance) => instance.profile === profile)
    const counts = demands.get(profile)?.counts ?? profile.compute.sizes.map(() => 0)
    for (const [size, count] of counts.entries()) {
      const holders = staying.filter(({ contents }) =>
        contents.pinned.some((cell) => cell.size === size),
      )
      const there = holders.flatMap(({ contents }) =>
        contents.pinned.filter((cell) => cell.size === size),
      )
      if (there.length > count) for (const { instance } of holders) unwanted.add(instance)
    }
    // A GPU instance that stays without a pinned compute instance needs a wanted one to be in it.
    const bare = staying.filter(({ contents }) => contents.pinned.length === 0)
    const fixed = staying.reduce((sum, { contents }) => sum + contents.pinned.length, 0)
    if (countDevices(counts) - fixed < bare.length) {
      for (const { instance } of bare) unwanted.add(instance)
    }
  }
  return unwanted.size === 0
    ? null
    : { kind: 'pinned-unwanted', instances: [...unwanted].sort(byPlacement) }
}
