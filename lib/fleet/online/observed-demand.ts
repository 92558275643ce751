import type { FleetMemory, ObservedDemand } from '../../../types/fleet/online.js'
import { cached } from '../../model/cached.js'
import type { Tables } from '../../solver/tables/tables.js'
import type { FleetPool, FleetState } from './fleet-state.js'
import type { Holdings } from './holdings.js'

/** Counts what `place` and `release` see. Its unit of time is one request. */
export interface DemandObserver {
  readonly asked: (options: readonly (readonly number[])[], count: number, placed: boolean) => void
  readonly released: (count: number) => void
  /** How often requests have named each profile of a geometry, by position. */
  readonly mixOf: (tables: Tables) => readonly number[]
  readonly forget: (tables: Tables) => void
  readonly requests: () => number
  readonly read: () => ObservedDemand
  readonly describe: () => Omit<FleetMemory, 'models' | 'nextMix' | 'lastUnnamed'>
  readonly load: () => number | null
}

export function observeDemand(
  { models, pools }: FleetState,
  holdings: Holdings,
  memory: FleetMemory | undefined,
): DemandObserver {
  const mixes = new Map<Tables, number[]>()
  for (const [number, { tables }] of models.list.entries()) {
    const before = memory?.models[number]?.asked
    if (before !== undefined) mixes.set(tables, [...before])
  }
  let requests = memory?.requests ?? 0
  let refused = memory?.refused ?? 0
  let releases = memory?.released ?? 0
  let stays = memory?.stays ?? 0
  let askedUnits = memory?.askedUnits ?? 0
  let askedInstances = memory?.askedInstances ?? 0

  const mixOf = (tables: Tables): number[] =>
    cached(mixes, tables, () => tables.profiles.map(() => 0))
  const load = (): number | null => {
    const all = countMemoryUnits(pools)
    if (releases === 0 || askedInstances === 0 || all === 0) return null
    // Instances that are still there count with the time that they have stayed so far.
    const meanStay = stays / releases
    return (meanStay * (askedUnits / askedInstances) * (askedInstances / requests)) / all
  }
  return {
    asked: (options, count, placed) => {
      requests += 1
      if (!placed) refused += 1
      stays += holdings.count()
      let least = Number.POSITIVE_INFINITY
      for (let number = 0; number < options.length; number += 1) {
        const position = options[number]?.[0]
        const tables = models.list[number]?.tables
        if (position === undefined || tables === undefined) continue
        const profile = tables.profiles[position]
        if (profile === undefined) continue
        const mix = mixOf(tables)
        mix[position] = (mix[position] ?? 0) + count
        least = Math.min(least, profile.unitCount)
      }
      if (least === Number.POSITIVE_INFINITY) return
      askedUnits += least * count
      askedInstances += count
    },
    released: (count) => {
      releases += count
    },
    mixOf,
    forget: (tables) => void mixes.delete(tables),
    requests: () => requests,
    load,
    read: () => {
      const mix: Record<string, number> = {}
      for (const [{ profiles }, counts] of mixes) {
        for (const [position, count] of counts.entries()) {
          const name = profiles[position]?.profile.name
          if (name !== undefined && count > 0) mix[name] = Math.max(mix[name] ?? 0, count)
        }
      }
      return { requests, refused, mix, load: load() }
    },
    describe: () => ({
      requests,
      refused,
      released: releases,
      stays,
      askedUnits,
      askedInstances,
    }),
  }
}

/** All memory units of GPUs with MIG on. */
function countMemoryUnits(pools: readonly FleetPool[]): number {
  return pools.reduce(
    (sum, { capacity, gpuCount, model }) =>
      sum + (capacity.kind === 'mig' ? gpuCount * model.tables.memoryUnits : 0),
    0,
  )
}
