import type { ClassProgram } from './class-program.js'
import type { ServedDemands } from './pool-profiles.js'

/** How many requests of each demand go to each profile that serves it, in the order of `profilesOf`. */
export interface DemandAssignment {
  readonly placed: readonly (readonly number[])[]
  readonly unplaced: readonly number[]
}

/**
 * Places as much value as `capacity` allows, the number of instances of each profile. With `byMemory`, it
 * uses the least memory. The method is a flow along cheapest paths, in whole numbers.
 */
export function assignDemands(
  { demands, poolProfiles, profilesOf }: Pick<ClassProgram, keyof ServedDemands>,
  capacity: readonly number[],
  byMemory: boolean,
): DemandAssignment {
  const assignment = createAssignment({ demands, poolProfiles, profilesOf }, byMemory)
  for (const [profile, count] of capacity.entries()) assignment.addCapacity(profile, count)
  assignment.placeMore()
  return assignment
}

/** An assignment that grows with the capacity. */
export interface GrowingAssignment extends DemandAssignment {
  readonly addCapacity: (profile: number, count: number) => void
  /**
   * Places what now has room. Which requests are placed does not depend on how the capacity grew, but only on the order of
   * values and demands; the memory is least only if all of it was there at once.
   */
  readonly placeMore: () => void
}

export function createAssignment(
  { demands, poolProfiles, profilesOf }: Pick<ClassProgram, keyof ServedDemands>,
  byMemory: boolean,
): GrowingAssignment {
  const placed = profilesOf.map((each) => each.map(() => 0))
  const unplaced = demands.map(({ count }) => count)
  const free = poolProfiles.map(() => 0)
  const servedBy = poolProfiles.map((): Arc[] => [])
  for (const [demand, profiles] of profilesOf.entries())
    for (const [index, profile] of profiles.entries()) servedBy[profile]?.push({ demand, index })
  const flow: Flow = {
    profilesOf,
    servedBy,
    placed,
    free,
    costOf: (profile) => (byMemory ? (poolProfiles[profile]?.memoryMiB ?? 0) : 0),
  }
  // A request that is placed stays placed, so placing the most valuable first loses nothing (a matching
  // matroid). Only the memory remains to be minimised.
  const order = [...demands.keys()].sort(
    (a, b) => (demands[b]?.value ?? 0) - (demands[a]?.value ?? 0) || a - b,
  )
  return {
    placed,
    unplaced,
    addCapacity(profile, count) {
      free[profile] = (free[profile] ?? 0) + count
    },
    placeMore() {
      // Demands from which no path leads to a free instance, until there is more capacity.
      const stuck = new Set<number>()
      for (const demand of order) {
        while ((unplaced[demand] ?? 0) > 0 && !stuck.has(demand)) {
          const path = findPath(demand, flow, stuck)
          if (path === null) break
          let amount = unplaced[demand] ?? 0
          amount = Math.min(amount, free[path.profile] ?? 0)
          for (const { demand: from, index } of path.back) {
            amount = Math.min(amount, placed[from]?.[index] ?? 0)
          }
          for (const { demand: to, index } of path.forward) change(placed, to, index, amount)
          for (const { demand: from, index } of path.back) change(placed, from, index, -amount)
          free[path.profile] = (free[path.profile] ?? 0) - amount
          unplaced[demand] = (unplaced[demand] ?? 0) - amount
        }
      }
    },
  }
}

/** By position in `poolProfiles`: how many requests each profile serves. */
export function countPlaced(
  { poolProfiles, profilesOf }: ServedDemands,
  { placed }: Pick<DemandAssignment, 'placed'>,
): number[] {
  const counts = poolProfiles.map(() => 0)
  for (const [demand, each] of placed.entries()) {
    for (const [index, count] of each.entries()) {
      const profile = profilesOf[demand]?.[index] ?? 0
      counts[profile] = (counts[profile] ?? 0) + count
    }
  }
  return counts
}

interface Flow {
  readonly profilesOf: ServedDemands['profilesOf']
  /** By profile: the demands that it serves, each with its position in their `profilesOf`. */
  readonly servedBy: readonly (readonly Arc[])[]
  readonly placed: readonly number[][]
  readonly free: readonly number[]
  readonly costOf: (profile: number) => number
}

interface Arc {
  readonly demand: number
  readonly index: number
}

interface Path {
  readonly profile: number
  readonly forward: readonly Arc[]
  readonly back: readonly Arc[]
}

/**
 * The cheapest path from a demand to a free instance. On it, requests may leave a profile for another. The
 * method is that of Bellman and Ford. Null: there is none, and all demands that were reached are stuck.
 */
function findPath(
  start: number,
  { profilesOf, servedBy, placed, free, costOf }: Flow,
  stuck: Set<number>,
): Path | null {
  const toDemand: (number | undefined)[] = []
  const toProfile: (number | undefined)[] = []
  const profileFrom: (Arc | undefined)[] = []
  const demandFrom: (Arc | undefined)[] = []
  toDemand[start] = 0
  let queue = [start]
  while (queue.length > 0) {
    const next = new Set<number>()
    for (const demand of queue) {
      const cost = toDemand[demand] ?? 0
      for (const [index, profile] of (profilesOf[demand] ?? []).entries()) {
        const reached = cost + costOf(profile)
        if (reached >= (toProfile[profile] ?? Number.POSITIVE_INFINITY)) continue
        toProfile[profile] = reached
        profileFrom[profile] = { demand, index }
        for (const { demand: other, index: at } of servedBy[profile] ?? []) {
          if (other === demand || (placed[other]?.[at] ?? 0) === 0 || stuck.has(other)) continue
          const back = reached - costOf(profile)
          if (back >= (toDemand[other] ?? Number.POSITIVE_INFINITY)) continue
          toDemand[other] = back
          demandFrom[other] = { demand: profile, index: at }
          next.add(other)
        }
      }
    }
    queue = [...next]
  }
  let best = -1
  for (const [profile, cost] of toProfile.entries()) {
    if (cost === undefined || (free[profile] ?? 0) === 0) continue
    if (best < 0 || cost < (toProfile[best] ?? 0)) best = profile
  }
  if (best < 0) {
    for (const demand of toDemand.keys()) if (toDemand[demand] !== undefined) stuck.add(demand)
    return null
  }
  const forward: Arc[] = []
  const back: Arc[] = []
  for (let profile = best; ; ) {
    const arc = profileFrom[profile]
    if (arc === undefined) return null
    forward.push(arc)
    if (arc.demand === start) return { profile: best, forward, back }
    const from = demandFrom[arc.demand]
    if (from === undefined) return null
    back.push({ demand: arc.demand, index: from.index })
    profile = from.demand
  }
}

function change(placed: number[][], demand: number, index: number, amount: number): void {
  const row = placed[demand]
  if (row !== undefined) row[index] = (row[index] ?? 0) + amount
}
