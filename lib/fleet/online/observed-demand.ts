import type { ObservedDemand } from '../../../types/fleet-online.js'
import type { FleetModels } from '../model/fleet-model.js'

/** Time is counted in requests: all that a policy can see of it. */
export interface DemandObserver {
  readonly asked: (options: readonly (readonly number[])[], count: number, placed: boolean) => void
  readonly released: (count: number) => void
  /** How often each profile of a model was asked for, by position. */
  readonly mixOf: (model: number) => readonly number[]
  readonly requests: () => number
  readonly read: () => ObservedDemand
  readonly load: () => number | null
}

export function observeDemand(
  models: FleetModels,
  holdings: () => number,
  units: () => number,
): DemandObserver {
  const mixes = models.list.map(({ tables }) => tables.profiles.map(() => 0))
  let requests = 0
  let refused = 0
  let releases = 0
  let stays = 0
  let askedUnits = 0
  let askedInstances = 0

  const load = (): number | null => {
    if (releases === 0 || askedInstances === 0 || units() === 0) return null
    // Of instances that are still there, what they have stayed so far counts too.
    const meanStay = stays / releases
    return (meanStay * (askedUnits / askedInstances) * (askedInstances / requests)) / units()
  }
  return {
    asked: (options, count, placed) => {
      requests += 1
      if (!placed) refused += 1
      stays += holdings()
      let least = Number.POSITIVE_INFINITY
      for (const [model, [position]] of options.entries()) {
        const profile =
          position === undefined ? undefined : models.list[model]?.tables.profiles[position]
        const mix = mixes[model]
        if (profile === undefined || position === undefined || mix === undefined) continue
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
    mixOf: (model) => mixes[model] ?? [],
    requests: () => requests,
    load,
    read: () => {
      const mix: Record<string, number> = {}
      for (const [model, counts] of mixes.entries()) {
        for (const [position, count] of counts.entries()) {
          const name = models.list[model]?.tables.profiles[position]?.profile.name
          if (name !== undefined && count > 0) mix[name] = Math.max(mix[name] ?? 0, count)
        }
      }
      return { requests, refused, mix, load: load() }
    },
  }
}
