import type { Placement } from '../../../types/model/geometry.js'
import type { ChangeCosts } from '../../../types/solver/repartition.js'
import { MigError } from '../../errors.js'
import { formatPlacement } from '../../model/placement.js'
import { type CompiledProfile, profileWith, type Tables } from '../tables/tables.js'

/** What the changes of one GPU cost. */
export interface CostTable {
  /** The cost to create one instance. */
  readonly create: (profile: CompiledProfile) => number
  /** The cost to destroy an instance. Null: a profile that the geometry does not have. */
  readonly destroy: (profile: CompiledProfile | null, placement: Placement) => number
  readonly move: (profile: CompiledProfile, placement: Placement) => number
}

/** Sums of costs stay exact. */
const mostCost = 2 ** 40

/**
 * Null: every creation and every destruction costs 1. Throws `MIG_SOLVER_INPUT` for a cost that is not a
 * whole number from 0 to 2 ** 40, and for a profile that the GPU does not have.
 */
export function compileCosts(tables: Tables, costs: ChangeCosts | undefined): CostTable | null {
  if (costs === undefined) return null
  const profiles = new Map(costs.profiles?.map((entry) => [entry.profileId, entry]))
  const instances = new Map(
    costs.instances?.map((entry) => [formatPlacement(entry.placement), entry]),
  )
  for (const { profileId, create, destroy, move } of profiles.values()) {
    profileWith(tables, profileId)
    for (const cost of [create, destroy, move]) checkCost(cost)
  }
  for (const { destroy, move } of instances.values()) {
    for (const cost of [destroy, move]) checkCost(cost)
  }
  return {
    create: ({ profile }) => profiles.get(profile.id)?.create ?? 1,
    destroy: (profile, placement) =>
      instances.get(formatPlacement(placement))?.destroy ??
      (profile === null ? undefined : profiles.get(profile.profile.id)?.destroy) ??
      1,
    move: ({ profile }, placement) =>
      instances.get(formatPlacement(placement))?.move ?? profiles.get(profile.id)?.move ?? 0,
  }
}

/**
 * The cost if the instances `going` of one profile go and `created` new ones come. As many as possible
 * count as moved, the cheapest moves first.
 */
export function costOfChanges(
  costs: CostTable,
  profile: CompiledProfile,
  created: number,
  going: readonly Placement[],
): number {
  const moved = going
    .map((placement) => costs.move(profile, placement))
    .sort((a, b) => a - b)
    .slice(0, created)
  return (
    created * costs.create(profile) +
    going.reduce((sum, placement) => sum + costs.destroy(profile, placement), 0) +
    moved.reduce((sum, cost) => sum + cost, 0)
  )
}

function checkCost(cost: number | undefined): void {
  if (cost === undefined || (Number.isInteger(cost) && cost >= 0 && cost <= mostCost)) return
  throw new MigError(
    'MIG_SOLVER_INPUT',
    `A cost must be a whole number from 0 to 2 ** 40, not ${cost}.`,
  )
}
