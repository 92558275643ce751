import type { FleetEndsMemory, FleetMemory } from '../../../types/fleet/online.js'
import type { Tables } from '../../solver/tables/tables.js'
import type { Ranking } from '../layouts/ranking.js'
import { requireWhole } from '../model/check-form.js'
import type { FleetModel } from '../model/fleet-model.js'
import { invalid } from '../model/invalid.js'
import {
  firstMix,
  rankForPolicy,
  readMix,
  type readPolicy,
  requireTunedFor,
} from '../policy/fleet-policy.js'
import { ratioClasses } from './expected-ends.js'
import type { FleetState } from './fleet-state.js'
import type { DemandObserver } from './observed-demand.js'

type Policy = ReturnType<typeof readPolicy>

/** The ranking of places for each geometry, and the mix of requests behind it. */
export interface FleetRankings {
  readonly of: (model: FleetModel) => Ranking
  readonly mixOf: (model: FleetModel) => readonly number[]
  readonly policy: () => Policy
  /** Ranks again by the mix that the fleet has seen, whenever the number of requests has doubled. */
  readonly refresh: () => void
  readonly follow: (tuned: Policy['tuned']) => void
  readonly forget: (tables: Tables) => void
  readonly describe: (model: FleetModel) => readonly number[]
  readonly nextMix: () => number
}

interface Ranked {
  readonly ranking: Ranking
  readonly mix: readonly number[]
}

/** Throws `MIG_FLEET_INVALID`, `MIG_PROFILE_UNKNOWN` for a profile in `mix` that no GPU has. */
export function createRankings(
  { models, pools }: FleetState,
  observer: DemandObserver,
  given: {
    readonly policy: Policy
    readonly mix: Parameters<typeof readMix>[0]
    readonly memory: FleetMemory | undefined
  },
): FleetRankings {
  const { policy, mix, memory } = given
  readMix(mix, models.list, memory === undefined)
  // In a snapshot, the GPUs that the policy was tuned for may have left.
  if (memory === undefined) requireTunedFor(policy, models.list)
  const { name } = policy
  let { tuned } = policy
  let nextMix = memory?.nextMix ?? firstMix
  const ranked = new Map<Tables, Ranked>()
  const followsMix = mix === undefined && (name === 'fgd' || name === 'tuned')

  const mixOf = ({ tables }: FleetModel): readonly number[] => {
    const [fixed] = readMix(mix, [{ number: 0, tables }], false) ?? []
    if (fixed !== undefined) return fixed
    const seen = observer.mixOf(tables)
    return observer.requests() >= firstMix && seen.some((count) => count > 0)
      ? seen
      : seen.map(() => 1)
  }
  const rank = (model: FleetModel, by: readonly number[]): Ranked => {
    const found = { ranking: rankForPolicy(model, name, tuned, by), mix: [...by] }
    ranked.set(model.tables, found)
    return found
  }
  const rankAll = (): void => {
    for (const model of models.list) {
      const { ranking } = rank(model, mixOf(model))
      for (const { capacity, model: of } of pools) {
        if (of === model && capacity.kind === 'mig') capacity.buckets.rankBy(ranking)
      }
    }
  }
  for (const [number, model] of models.list.entries()) {
    const before = memory?.models[number]?.ranked
    rank(model, before ?? mixOf(model))
  }
  return {
    of: (model) => (ranked.get(model.tables) ?? rank(model, mixOf(model))).ranking,
    mixOf,
    policy: () => ({ name, tuned }),
    refresh: () => {
      if (!followsMix || tuned !== null || observer.requests() < nextMix) return
      nextMix *= 2
      rankAll()
    },
    follow: (found) => {
      if (name !== 'tuned') return
      tuned = found
      rankAll()
    },
    forget: (tables) => void ranked.delete(tables),
    describe: ({ tables }) => ranked.get(tables)?.mix ?? [],
    nextMix: () => nextMix,
  }
}

/** Throws `MIG_FLEET_INVALID` for a memory that no snapshot of such a fleet has. */
export function checkMemory(memory: FleetMemory, models: readonly FleetModel[]): void {
  const path = ['memory']
  for (const name of [
    'requests',
    'refused',
    'released',
    'stays',
    'askedUnits',
    'askedInstances',
    'nextMix',
    'lastUnnamed',
  ] as const) {
    requireWhole(memory[name], 0, [...path, name])
  }
  if (memory.ends !== undefined) checkEnds(memory.ends, [...path, 'ends'])
  if (memory.models?.length !== models.length) throw invalid(path, 'belongs to another fleet')
  for (const [number, { tables }] of models.entries()) {
    const { asked, ranked } = memory.models[number] ?? {}
    for (const list of [asked, ranked]) {
      if (list?.length === tables.profiles.length && list.every(Number.isSafeInteger)) continue
      throw invalid([...path, 'models', number], 'belongs to another fleet')
    }
  }
}

function checkEnds(
  { ratios, stays, expected, begun }: FleetEndsMemory,
  path: readonly (string | number)[],
): void {
  const good =
    Array.isArray(ratios) &&
    ratios.length === ratioClasses &&
    [...ratios, stays, expected, begun].every((value) => Number.isFinite(value) && value >= 0)
  if (!good) throw invalid(path, 'is no record of ends that a snapshot has')
}
