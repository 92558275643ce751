import type { InfeasibleReason } from '../../../types/solver/explain.js'
import type { PlacedGpuInstance } from '../../../types/solver/layout.js'
import { at } from '../../model/numbers.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { Demand } from '../layout/demand.js'
import type { CompiledProfile, Tables } from '../tables/tables.js'
import { countNewInstances, type PlacedProfile } from './place-instances.js'
import type { FittingPart } from './would-fit.js'

/** GPU instances that have no places together: new ones by profile position, and pinned ones. */
export interface ConflictingInstances {
  readonly counts: readonly number[]
  readonly pinned: readonly CurrentInstance[]
}

/** A request that does not fit. */
interface RefusedRequest {
  readonly demands: ReadonlyMap<CompiledProfile, Demand>
  readonly pinned: readonly CurrentInstance[]
  /** The largest part of it that fits. */
  readonly part: FittingPart
}

/** Which instances have no places together, although there is enough of everything. */
export function explainPositions(
  tables: Tables,
  request: RefusedRequest,
  conflict: ConflictingInstances,
): InfeasibleReason {
  const { pinned, part } = request
  const missing = findMissing(tables, request, conflict.counts)
  return {
    kind: 'no-start',
    profileId: missing.profile.id,
    starts: missing.placements.map(({ placement, mask }) => ({
      start: placement.start,
      blockedBy: part.instances
        .filter(({ place }) => (place.mask & mask) !== 0)
        .map((instance) => showInstance(instance, pinned))
        .sort((a, b) => a.placement.start - b.placement.start),
    })),
    conflict: {
      profileIds: tables.profiles.flatMap(({ position, profile }) =>
        Array.from({ length: at(conflict.counts, position) }, () => profile.id),
      ),
      pinned: conflict.pinned.map((instance) => instance.instance),
    },
  }
}

/** How many new GPU instances of each profile the demands need beside the pinned ones. */
export function countNeeded(
  tables: Tables,
  demands: ReadonlyMap<CompiledProfile, Demand>,
  pinned: readonly CurrentInstance[],
): readonly number[] {
  return tables.profiles.map((profile) => {
    const demand = demands.get(profile)
    const staying = pinned.filter((instance) => instance.profile === profile)
    return demand === undefined ? 0 : countNewInstances(demand, staying)
  })
}

/** A profile that the fitting part lacks an instance of; preferably a profile of the conflict. */
function findMissing(
  tables: Tables,
  { demands, pinned, part }: RefusedRequest,
  conflict: readonly number[],
): CompiledProfile {
  const needed = countNeeded(tables, demands, pinned)
  const lacking = tables.searchOrder.filter((profile) => {
    const of = (entry: { readonly profile: CompiledProfile }): boolean => entry.profile === profile
    const wanted = at(needed, profile.position) + pinned.filter(of).length
    return part.instances.filter(of).length < wanted
  })
  const missing = lacking.find(({ position }) => at(conflict, position) > 0) ?? lacking[0]
  if (missing === undefined) throw new Error('a part that lacks nothing is no part')
  return missing
}

function showInstance(
  { profile, place }: PlacedProfile,
  pinned: readonly CurrentInstance[],
): PlacedGpuInstance {
  const there = pinned.find((entry) => entry.place === place)
  if (there !== undefined) return there.instance
  const { start, size } = place.placement
  return { profileId: profile.profile.id, placement: { start, size }, computeInstances: [] }
}
