import type { Geometry } from '../../types/model/geometry.js'
import type { Layout, Partition, PlacedGpuInstance } from '../../types/solver/layout.js'
import { profileIdOf } from './geometry.js'

/** `{ '1g.5gb': 7, '1c.3g.20gb': 2 }` */
export function want(geometry: Geometry, devices: Readonly<Record<string, number>>): Partition {
  return Object.entries(devices).map(([device, count]) => {
    const [, slices, name = device] = /^(\d+)c\.(.+)$/.exec(device) ?? []
    const profileId = profileIdOf(geometry, name)
    const whole = geometry.profiles.find(({ id }) => id === profileId)?.sliceCount ?? 0
    return { profileId, sliceCount: slices === undefined ? whole : Number(slices), count }
  })
}

/** A GPU instance with its full compute instance, or with other ones: `2@0` is two slices from 0. */
export function place(
  geometry: Geometry,
  name: string,
  start: number,
  cells?: readonly string[],
): PlacedGpuInstance {
  const profile = geometry.profiles.find((entry) => entry.name === name)
  if (profile === undefined) throw new Error(`no ${name}`)
  const placement = profile.placements.find((entry) => entry.start === start)
  if (placement === undefined) throw new Error(`no start ${start}`)
  return {
    profileId: profile.id,
    placement,
    computeInstances: (cells ?? [`${profile.sliceCount}@0`]).map((cell) => {
      const [sliceCount = 0, first = 0] = cell.split('@').map(Number)
      return { sliceCount, placement: { start: first, size: sliceCount } }
    }),
  }
}

/** `3g.20gb@4`, `3g.20gb@4 2+1` */
export function show(geometry: Geometry, layout: Layout): string[] {
  return layout.map(({ profileId, placement, computeInstances }) => {
    const profile = geometry.profiles.find(({ id }) => id === profileId)
    const inside = computeInstances.map(({ sliceCount }) => sliceCount).sort((a, b) => b - a)
    const text = `${profile?.name}@${placement.start}`
    return inside.join() === `${profile?.sliceCount}` ? text : `${text} ${inside.join('+')}`
  })
}
