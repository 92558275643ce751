import type { FleetInstance } from '../../../types/fleet/pack.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { isLegal } from './online-oracle.js'

// A GPU as a list of instances, some of them idle. Every place and every set that could be cleared is tried.

export interface IdleGpu {
  readonly id: string
  readonly geometry: Geometry
  instances: FleetInstance[]
}

/** How a request for one profile can be served: 0 by an idle instance, 1 by a new one, n + 1 if n idle ones go before. */
export function ranksOf(
  { geometry, instances }: IdleGpu,
  profileName: string,
): ReadonlySet<number> {
  const ranks = new Set<number>()
  const profile = geometry.profiles.find(({ name }) => name === profileName)
  if (profile === undefined) return ranks
  if (instances.some(({ idle, profileId }) => idle === true && profileId === profile.id))
    ranks.add(0)
  const clearable = instances.filter(({ idle, pinned }) => idle === true && pinned !== true)
  for (let set = 0; set < 2 ** clearable.length; set += 1) {
    const gone = clearable.filter((_each, index) => ((set >>> index) & 1) === 1)
    const left = instances.filter((each) => !gone.includes(each))
    const fits = profile.placements.some((placement) =>
      isLegal(geometry, [...left, { profileId: profile.id, placement }]),
    )
    if (fits) ranks.add(1 + gone.length)
  }
  return ranks
}

/** Null: it cannot be served. */
export function bestRank(
  gpus: readonly IdleGpu[],
  profileName: string,
  clearIdle: boolean,
): number | null {
  const all = gpus.flatMap((gpu) => [...ranksOf(gpu, profileName)])
  const allowed = all.filter((rank) => clearIdle || rank < 2)
  return allowed.length === 0 ? null : Math.min(...allowed)
}

export function isSameSpot(
  one: { readonly profileId: number | null; readonly placement: FleetInstance['placement'] | null },
  other: FleetInstance,
): boolean {
  return one.profileId === other.profileId && one.placement?.start === other.placement.start
}
