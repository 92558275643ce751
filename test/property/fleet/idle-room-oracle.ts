import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import fc from '../../support/property.js'
import { isLegal } from './online-oracle.js'

// A30s with idle instances, and the fewest moves by trying every set of instances that leave and every place.

const model = findCatalogModel('A30')
const published = model === null ? null : catalogGeometry(model)
if (published === null) throw new Error('no such model')
export const geometry = published
export const profiles = geometry.profiles.filter(({ name }) => !name.includes('+'))
type Profile = (typeof profiles)[number]

export const drawnInstance = fc.record({
  profile: fc.constantFrom(...profiles.filter(({ sliceCount }) => sliceCount < 4)),
  start: fc.nat(3),
  kind: fc.constantFrom('held', 'held', 'idle', 'pinned idle', 'pinned'),
})

export function gpuOf(
  number: number,
  drawn: readonly { profile: Profile; start: number; kind: string }[],
): FleetGpu {
  const layout: FleetInstance[] = []
  for (const { profile, start, kind } of drawn) {
    const placement = profile.placements.find((each) => each.start === start)
    if (placement === undefined) continue
    const instance: FleetInstance = {
      profileId: profile.id,
      placement,
      ...(kind.includes('idle') ? { idle: true } : { id: `on-${number}-${start}` }),
      ...(kind.includes('pinned') && { pinned: true }),
    }
    if (isLegal(geometry, [...layout, instance])) layout.push(instance)
  }
  return { id: `gpu-${number}`, geometry, node: `node-${number}`, layout }
}

/** The fewest instances that have to leave their places, so that they and the request have places; null: none help. */
export function fewestMoves(
  gpus: readonly FleetGpu[],
  wanted: readonly number[],
  clearIdle: boolean,
): number | null {
  const movable = gpus.flatMap(({ layout = [] }) =>
    layout.filter(({ idle, pinned }) => idle !== true && pinned !== true),
  )
  const sets = Array.from({ length: 2 ** movable.length }, (_, set) =>
    movable.filter((_each, index) => ((set >>> index) & 1) === 1),
  ).sort((a, b) => a.length - b.length)
  for (const going of sets) {
    const left = gpus.map(({ layout = [] }) =>
      layout.filter(
        (each) =>
          !going.includes(each) && !(clearIdle && each.idle === true && each.pinned !== true),
      ),
    )
    if (findsPlaces(left, [wanted, ...going.map(({ profileId }) => [profileId])]))
      return going.length
  }
  return null
}

function findsPlaces(
  layouts: readonly FleetInstance[][],
  kinds: readonly (readonly number[])[],
): boolean {
  const [serving, ...rest] = kinds
  if (serving === undefined) return true
  return layouts.some((layout, number) =>
    serving.some((profileId) => {
      const next = (after: FleetInstance[]): boolean =>
        findsPlaces(
          layouts.map((each, other) => (other === number ? after : each)),
          rest,
        )
      const idle = layout.find((each) => each.idle === true && each.profileId === profileId)
      if (idle !== undefined) {
        const { placement } = idle
        if (next([...layout.filter((each) => each !== idle), { profileId, placement }])) return true
      }
      const { placements = [] } = profiles.find(({ id }) => id === profileId) ?? {}
      return placements.some((placement) => {
        const after = [...layout, { profileId, placement }]
        return isLegal(geometry, after) && next(after)
      })
    }),
  )
}
