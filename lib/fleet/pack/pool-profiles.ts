import { cached } from '../../model/cached.js'
import { memoryOf } from '../model/fleet-model.js'
import type { DemandGroup, GpuPool, GroupedProblem } from '../model/grouped-problem.js'

/** One profile on the GPUs of one pool. The position after the last profile is the whole GPU. */
export interface PoolProfile {
  readonly number: number
  readonly pool: number
  readonly position: number
  readonly memoryMiB: number
}

/** Which profiles of which pools serve which demands. */
export interface ServedDemands {
  readonly demands: readonly DemandGroup[]
  readonly poolProfiles: readonly Pick<PoolProfile, 'pool' | 'position'>[]
  /** For each of `demands`: positions in `poolProfiles`, by pool, the best profile first. */
  readonly profilesOf: readonly (readonly number[])[]
}

export interface ListedProfiles {
  readonly poolProfiles: readonly PoolProfile[]
  readonly profilesOf: ServedDemands['profilesOf']
}

export function listPoolProfiles(
  { pools }: Pick<GroupedProblem, 'pools'>,
  demands: readonly DemandGroup[],
): ListedProfiles {
  const poolProfiles: PoolProfile[] = []
  const numbersByPool = pools.map(() => new Map<number, number>())
  const poolsOfAccess: GpuPool[][] = []
  for (const pool of pools) {
    for (const access of pool.accesses) {
      poolsOfAccess[access] ??= []
      poolsOfAccess[access].push(pool)
    }
  }
  const profilesOf = demands.map(({ access, options }) =>
    (poolsOfAccess[access] ?? []).flatMap(({ number: pool, model }) => {
      return (options[model.number] ?? []).map((position) =>
        cached(numbersByPool[pool] ?? new Map<number, number>(), position, () => {
          const { length: number } = poolProfiles
          const memoryMiB = memoryOf(model, position)
          return poolProfiles.push({ number, pool, position, memoryMiB }) - 1
        }),
      )
    }),
  )
  return { poolProfiles, profilesOf }
}
