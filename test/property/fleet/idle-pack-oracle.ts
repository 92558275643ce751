import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import fc from '../../support/property.js'
import { isLegal } from './online-oracle.js'

// A30s with idle instances, and the best packing by trying everything.

const model = findCatalogModel('A30')
const published = model === null ? null : catalogGeometry(model)
if (published === null) throw new Error('no such model')
export const geometry = published
export const profiles = geometry.profiles.filter(({ name }) => !name.includes('+'))

export const drawnInstance = fc.record({
  profile: fc.constantFrom(...profiles),
  start: fc.nat(3),
  kind: fc.constantFrom('held', 'idle', 'idle', 'pinned'),
})

/** As many of the drawn instances as are legal together. */
export function layoutOf(
  drawn: readonly { profile: (typeof profiles)[number]; start: number; kind: string }[],
) {
  const layout: FleetInstance[] = []
  for (const { profile, start, kind } of drawn) {
    const placement = profile.placements.find((each) => each.start === start)
    if (placement === undefined) continue
    const instance: FleetInstance = {
      profileId: profile.id,
      placement,
      ...(kind !== 'held' && { idle: true }),
      ...(kind === 'pinned' && { pinned: true }),
    }
    if (isLegal(geometry, [...layout, instance])) layout.push(instance)
  }
  return layout
}

export interface Best {
  readonly unplacedValue: number
  readonly gpus: number
  /** The fewest that are created, where the other figures are these. */
  readonly created: number
  /** The fewest idle instances that are cleared, where the other figures are these. */
  readonly cleared: number
}

/** Tries to leave out each request, to take each idle instance for it, and each legal place, after any set is cleared. */
export function tryAll(
  gpus: readonly FleetGpu[],
  requests: readonly FleetRequest[],
  clearIdle: boolean,
): Best {
  let best: Best = {
    unplacedValue: Infinity,
    gpus: Infinity,
    created: Infinity,
    cleared: Infinity,
  }
  const inUse = gpus.map(({ layout = [] }) => layout.length > 0)
  const serving = requests.map(({ profile, need }) =>
    geometry.profiles.filter((each) =>
      need === undefined ? each.name === profile : each.memoryMiB >= (need.memoryMiB ?? 0),
    ),
  )
  const place = (
    index: number,
    now: readonly FleetInstance[][],
    left: number,
    created: number,
    used: readonly boolean[],
    cleared: number,
  ): void => {
    if (left > best.unplacedValue) return
    const request = requests[index]
    if (request === undefined) {
      const count = used.filter(Boolean).length
      const order = left - best.unplacedValue || count - best.gpus
      if (order > 0) return
      const before = order < 0 ? { created, cleared } : best
      best = {
        unplacedValue: left,
        gpus: count,
        created: Math.min(created, before.created),
        cleared: Math.min(cleared, before.cleared),
      }
      return
    }
    for (const [number, layout] of now.entries()) {
      const after = (instances: FleetInstance[], more: number): void =>
        place(
          index + 1,
          now.map((each, other) => (other === number ? instances : each)),
          left,
          created + more,
          used.map((each, other) => each || other === number),
          cleared,
        )
      for (const profile of serving[index] ?? []) {
        const idle = layout.find((each) => each.idle === true && each.profileId === profile.id)
        if (idle !== undefined) {
          const { profileId, placement } = idle
          after([...layout.filter((each) => each !== idle), { profileId, placement }], 0)
        }
        for (const placement of profile.placements) {
          const instance = { profileId: profile.id, placement }
          if (isLegal(geometry, [...layout, instance])) after([...layout, instance], 1)
        }
      }
    }
    place(index + 1, now, left + (request.value ?? 1), created, used, cleared)
  }
  const clearings = (layout: readonly FleetInstance[]): FleetInstance[][] => {
    const clearable = layout.filter(({ idle, pinned }) => idle === true && pinned !== true)
    return Array.from({ length: clearIdle ? 2 ** clearable.length : 1 }, (_, set) =>
      layout.filter(
        (each) => ((set >>> clearable.indexOf(each)) & 1) === 0 || !clearable.includes(each),
      ),
    )
  }
  const countIdle = (layouts: readonly (readonly FleetInstance[])[]): number =>
    layouts.flat().filter(({ idle }) => idle === true).length
  const idleBefore = countIdle(gpus.map(({ layout = [] }) => layout))
  const walk = (index: number, now: FleetInstance[][]): void => {
    const gpu = gpus[index]
    if (gpu === undefined) {
      place(0, now, 0, 0, inUse, idleBefore - countIdle(now))
      return
    }
    for (const layout of clearings(gpu.layout ?? [])) walk(index + 1, [...now, layout])
  }
  walk(0, [])
  return best
}
