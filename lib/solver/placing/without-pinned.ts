import type { Layout, Partition, PlacedGpuInstance } from '../../../types/solver/layout.js'
import { profileWith, type Tables } from '../tables/tables.js'

/**
 * What of a partition is still to be placed when some of its devices have their place. Throws `MIG_SOLVER_INPUT` for
 * a profile that the GPU does not have.
 */
export function withoutPinned(
  tables: Tables,
  partition: Partition,
  pinned: Layout,
): { readonly partition: Partition; readonly unwanted: readonly PlacedGpuInstance[] } {
  const rest = partition.map((each) => ({ ...each }))
  const unwanted = pinned.filter(({ profileId, computeInstances }) => {
    const { sliceCount } = profileWith(tables, profileId).profile
    const devices = computeInstances.length > 0 ? computeInstances : [{ sliceCount }]
    return !devices.every((device) => {
      const entry = rest.find(
        (each) =>
          each.profileId === profileId && each.sliceCount === device.sliceCount && each.count > 0,
      )
      if (entry === undefined) return false
      entry.count -= 1
      return true
    })
  })
  return { partition: rest, unwanted }
}
