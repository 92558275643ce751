import type {
  CreateFleetOptions,
  FleetPolicyName,
  TunedPolicy,
} from '../../../types/fleet/online.js'
import { MigError } from '../../errors.js'
import { formatPath } from '../../model/document-path.js'
import type { Tables } from '../../solver/tables/tables.js'
import { type LayoutTable, layoutTableOf } from '../layouts/layout-table.js'
import { type PlaceScore, type Ranking, rankLayouts } from '../layouts/ranking.js'
import { requireWhole } from '../model/check-form.js'
import type { FleetModel } from '../model/fleet-model.js'
import { invalid } from '../model/invalid.js'
import { positionOf } from '../model/serving-profiles.js'
import { bestFitScore, fgdScore, residualScore, worthScore } from './policy-scores.js'

const policyNames: readonly FleetPolicyName[] = ['best-fit', 'residual', 'fgd', 'tuned']

/** So many requests are seen before they give the mix; they give it anew each time their number doubles. */
export const firstMix = 64

export function readPolicy(policy: CreateFleetOptions['policy']): {
  readonly name: FleetPolicyName
  readonly tuned: TunedPolicy | null
} {
  if (policy === undefined) return { name: 'fgd', tuned: null }
  if (typeof policy === 'string') {
    if (policyNames.includes(policy)) return { name: policy, tuned: null }
  } else if (policy?.kind === 'tuned' && Array.isArray(policy.models)) {
    for (const [index, model] of policy.models.entries()) {
      const { profiles, weights }: Partial<TunedPolicy['models'][number]> = model ?? {}
      const good =
        Array.isArray(profiles) && Array.isArray(weights) && weights.every(Number.isSafeInteger)
      if (!good)
        throw invalid(['policy', 'models', index], 'is no model of a policy that tune returned')
    }
    return { name: 'tuned', tuned: policy }
  }
  throw invalid(
    ['policy'],
    `is neither one of ${policyNames.join(', ')} nor a policy that tune returned`,
  )
}

/** Throws `MIG_FLEET_INVALID` for a tuned policy that fits no model of the fleet and would never be used. */
export function requireTunedFor(
  { tuned }: ReturnType<typeof readPolicy>,
  models: readonly FleetModel[],
): void {
  if (tuned === null || tuned.models.length === 0 || models.length === 0) return
  if (models.some(({ tables }) => findTuned(tables, tuned) !== undefined)) return
  throw invalid(['policy'], 'was tuned for other GPUs: no GPU of the fleet has these profiles')
}

export function findTuned(
  tables: Tables,
  tuned: TunedPolicy | null,
): TunedPolicy['models'][number] | undefined {
  const names = profileNamesOf(tables).join()
  return tuned?.models.find(({ profiles }) => profiles.join() === names)
}

/**
 * The shares of the profiles by position, for each model. Null: no mix was given. `isWhole`: these are all
 * models of the fleet, and a profile that none of them has throws `MIG_PROFILE_UNKNOWN`.
 */
export function readMix(
  mix: CreateFleetOptions['mix'],
  models: readonly FleetModel[],
  isWhole: boolean,
): readonly (readonly number[])[] | null {
  if (mix === undefined) return null
  const weights = Object.entries(mix)
  for (const [name, weight] of weights) requireWhole(weight, 0, ['mix', name])
  const known = new Set<string>()
  const byModel = models.map(({ tables }) => {
    const ofModel = tables.profiles.map(() => 0)
    for (const [name, weight] of weights) {
      const position = positionOf(tables, name)
      if (position < 0) continue
      known.add(name)
      ofModel[position] = weight
    }
    return ofModel
  })
  for (const [name] of weights) {
    if (!isWhole || known.has(name)) continue
    throw new MigError(
      'MIG_PROFILE_UNKNOWN',
      `${formatPath(['mix', name])}: no GPU of the fleet has this profile.`,
      { issues: [{ path: ['mix', name], message: 'unknown profile' }] },
    )
  }
  return byModel
}

export function profileNamesOf({ profiles }: Tables): readonly string[] {
  return profiles.map(({ profile }) => profile.name)
}

/** The layouts of a model, ranked by a policy. Scores are whole numbers that compare between models. */
export function rankForPolicy(
  { tables }: FleetModel,
  name: FleetPolicyName,
  tuned: TunedPolicy | null,
  mix: readonly number[],
): Ranking {
  const table = layoutTableOf(tables)
  const largest = Math.max(1, ...tables.profiles.map(({ profile }) => profile.memoryMiB))
  const unitMiB = Math.ceil(largest / Math.max(1, tables.memoryUnits))
  const inMiB =
    (score: PlaceScore): PlaceScore =>
    (layout, place, after) =>
      score(layout, place, after) * unitMiB
  switch (name) {
    case 'best-fit':
      return rankLayouts(table, inMiB(bestFitScore(table)))
    case 'residual':
      return rankLayouts(table, residualScore(table))
    case 'tuned': {
      const weights = weightsFor(table, tuned)
      return rankLayouts(
        table,
        inMiB(weights === null ? fgdScore(table, mix) : worthScore(weights)),
      )
    }
    case 'fgd':
      return rankLayouts(table, inMiB(fgdScore(table, mix)))
    default:
      return name satisfies never
  }
}

function weightsFor(
  { tables, count }: LayoutTable,
  tuned: TunedPolicy | null,
): readonly number[] | null {
  const found = findTuned(tables, tuned)
  if (found === undefined) return null
  if (found.weights.length !== count) {
    throw invalid(['policy'], `has ${found.weights.length} weights for a GPU with ${count} layouts`)
  }
  return found.weights
}
