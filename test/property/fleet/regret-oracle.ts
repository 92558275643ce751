import { createFleet } from '../../../lib/fleet.js'
import type { Fleet } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { geometryOf } from '../../support/geometry.js'
import { isLegal, type NaiveGpu, naiveFleet } from './online-oracle.js'

// The oracle tries every choice of the requests, and for each moment every place of everything that is there.

export interface Ask {
  readonly profiles: readonly string[]
  readonly request: FleetRequest
  readonly comes: number
  readonly ends: number
}

/** The requests of a fleet by the profiles that serve them, the least memory first. */
export const fleets: readonly {
  readonly what: string
  readonly gpus: readonly FleetGpu[]
  readonly kinds: readonly {
    readonly request: FleetRequest
    readonly profiles: readonly string[]
  }[]
}[] = [
  {
    what: 'two A30',
    gpus: [{ id: 'a', count: 2, geometry: geometryOf('a30-24gb') }],
    kinds: ['1g.6gb', '2g.12gb', '4g.24gb'].map((profile) => ({
      request: { profile },
      profiles: [profile],
    })),
  },
  {
    what: 'an A100',
    gpus: [{ id: 'a', geometry: geometryOf('a100-40gb') }],
    kinds: ['1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb'].map((profile) => ({
      request: { profile },
      profiles: [profile],
    })),
  },
  {
    what: 'an A30 and an A100, and needs that both serve',
    gpus: [
      { id: 'a', geometry: geometryOf('a30-24gb') },
      { id: 'b', geometry: geometryOf('a100-40gb') },
    ],
    kinds: [
      { request: { profile: '2g.12gb' }, profiles: ['2g.12gb'] },
      { request: { profile: '4g.20gb' }, profiles: ['4g.20gb'] },
      {
        request: { need: { memoryMiB: 11_000 } },
        profiles: ['2g.12gb', '4g.24gb', '3g.20gb', '4g.20gb', '7g.40gb'],
      },
      { request: { need: { memoryMiB: 23_000 } }, profiles: ['4g.24gb', '7g.40gb'] },
    ],
  },
]

export function canHold(gpus: readonly NaiveGpu[], asks: readonly Ask[]): boolean {
  const [first, ...others] = asks
  if (first === undefined) return true
  for (const gpu of gpus) {
    for (const name of first.profiles) {
      const profile = gpu.geometry.profiles.find((each) => each.name === name)
      for (const placement of profile?.placements ?? []) {
        const next = [...gpu.instances, { profileId: profile?.id ?? -1, placement }]
        if (!isLegal(gpu.geometry, next)) continue
        const before = gpu.instances
        gpu.instances = next
        const fits = canHold(gpus, others)
        gpu.instances = before
        if (fits) return true
      }
    }
  }
  return false
}

/** Seven requests, one after the other. */
export function drawAsks(
  { kinds }: Pick<(typeof fleets)[number], 'kinds'>,
  random: (below: number) => number,
): readonly Ask[] {
  return Array.from({ length: 7 }, (_, index): Ask => {
    const kind = kinds[random(kinds.length)] as (typeof kinds)[number]
    const ends = index + 1 + random(5) + 0.5
    const request = { ...kind.request, id: `${index}`, expectedEnd: ends }
    return { profiles: kind.profiles, request, comes: index, ends }
  })
}

/** A fleet that has seen these requests, and which of them it has accepted. */
export function replayAsks(
  gpus: readonly FleetGpu[],
  asks: readonly Ask[],
): { readonly fleet: Fleet; readonly accepted: readonly Ask[] } {
  let now = 0
  const fleet = createFleet({ gpus, history: 100, clock: () => now })
  const accepted: Ask[] = []
  for (const ask of asks) {
    for (const each of accepted)
      if (each.ends > now && each.ends < ask.comes) {
        fleet.release(each.request.id ?? '')
      }
    now = ask.comes
    if (fleet.place(ask.request).kind === 'placed') accepted.push(ask)
  }
  return { fleet, accepted }
}

export function naiveGpus(gpus: readonly FleetGpu[]): readonly NaiveGpu[] {
  const each = gpus.map(({ count = 1, ...gpu }) => Array.from({ length: count }, () => gpu))
  return naiveFleet(each.flat())
}

export function thereAt(chosen: readonly Ask[], time: number): readonly Ask[] {
  return chosen.filter(({ comes, ends }) => comes <= time && time < ends)
}

export function worthOf(chosen: readonly Ask[], gpus: readonly FleetGpu[]): number {
  return chosen.reduce((sum, ask) => sum + leastUnits(ask, gpus), 0)
}

/** The most memory units of any choice. */
export function bestChoice(gpus: readonly FleetGpu[], asks: readonly Ask[]): number {
  const naive = naiveGpus(gpus)
  let best = 0
  for (let choice = 0; choice < 2 ** asks.length; choice += 1) {
    const chosen = asks.filter((_, index) => (choice >> index) % 2 === 1)
    const worth = worthOf(chosen, gpus)
    if (worth <= best) continue
    if (asks.every(({ comes }) => canHold(naive, thereAt(chosen, comes)))) best = worth
  }
  return best
}

/** The memory units of the smallest profile that serves. */
function leastUnits({ profiles }: Ask, gpus: readonly FleetGpu[]): number {
  const sizes = gpus.flatMap(({ geometry }) =>
    (geometry as Geometry).profiles
      .filter(({ name }) => profiles.includes(name))
      .map(({ placements }) => placements[0]?.size ?? 0),
  )
  return Math.min(...sizes)
}
