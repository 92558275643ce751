import { normaliseProfileName } from '../../model/profile-names.js'
import type { Tables } from '../../solver/tables/tables.js'

/** By profile position: its position in `sizes`, or -1. */
export function sizesOfProfiles(sizes: readonly string[], { profiles }: Tables): readonly number[] {
  return profiles.map(({ profile }) => sizes.indexOf(normaliseProfileName(profile.name)))
}
