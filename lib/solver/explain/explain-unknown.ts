import type { InfeasibleReason } from '../../../types/solver/explain.js'
import type { Partition, WantedDevices } from '../../../types/solver/layout.js'
import type { Tables } from '../tables/tables.js'

export interface UnknownSize {
  readonly wanted: WantedDevices
  readonly reason: Extract<
    InfeasibleReason,
    { readonly kind: 'unknown-profile' | 'compute-profile' }
  >
}

/** The first thing that a partition asks for and this GPU does not have at all. */
export function explainUnknown(tables: Tables, partition: Partition): UnknownSize | null {
  for (const wanted of partition) {
    const { profileId, sliceCount } = wanted
    const profile = tables.profileById.get(profileId)
    if (profile === undefined) return { wanted, reason: { kind: 'unknown-profile', profileId } }
    const available = profile.compute.sizes.map((size) => size.sliceCount)
    if (!available.includes(sliceCount)) {
      available.sort((a, b) => a - b)
      return { wanted, reason: { kind: 'compute-profile', profileId, sliceCount, available } }
    }
  }
  return null
}
