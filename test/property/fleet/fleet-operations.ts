import { createFleet, makeRoom } from '../../../lib/fleet.js'
import { compileGeometry } from '../../../lib/solver.js'
import type { CreateFleetOptions, Fleet } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'
import fc from '../../support/property.js'

// All operations on a fleet in a random order, with ids and places that may exist or not.

const a100 = geometryOf('a100-40gb')
const a30 = geometryOf('a30-24gb')

const label = fc.constantFrom('web', 'batch')
const constraints = fc.record(
  {
    labels: fc.uniqueArray(label, { maxLength: 2 }),
    where: fc.oneof(
      fc.record({ nodes: fc.subarray(['one', 'two', 'new'], { minLength: 1 }) }),
      fc.record({ gpus: fc.subarray(['loose', 'loose/1', 'a', 'fresh'], { minLength: 1 }) }),
      fc.record({ models: fc.constantFrom(['A100'], ['A30']) }),
    ),
    reservation: fc.constant('team'),
    spread: fc.constantFrom(
      [{ label: 'web', maxPerGpu: 1 }],
      [{ label: 'web', maxPerNode: 2, maxPerGpu: 2 }],
    ),
    avoid: fc.constantFrom(
      [{ label: 'web', scope: 'gpu' as const }],
      [{ label: 'batch', scope: 'node' as const }],
    ),
    sameNode: fc.constantFrom('pair', 'trio'),
    count: fc.integer({ min: 0, max: 3 }),
    expectedEnd: fc.oneof(fc.nat(3000), fc.array(fc.nat(3000), { maxLength: 3 })),
  },
  { requiredKeys: [] },
)
const wanted = fc.oneof(
  fc.record({ profile: fc.constantFrom('1g.5gb', '2g.10gb', '3g.20gb', '1g.6gb', '2g.12gb') }),
  fc.record({ need: fc.record({ memoryMiB: fc.constantFrom(4000, 5500, 9000) }) }),
  fc.constant({ wholeGpu: true as const }),
)
const request = fc
  .tuple(wanted, fc.oneof(fc.constant({}), constraints), fc.boolean())
  .map(([one, more, isNamed]) => ({ request: { ...one, ...more } as FleetRequest, isNamed }))

const which = fc.nat(1000)

export const operation = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(fc.constant('place' as const), request, which) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('release' as const), request, which) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('move' as const), request, which) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('at' as const), request, which) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('admit' as const), request, which) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('add' as const), request, which) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('remove' as const), request, which) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('cordon' as const), request, which) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('uncordon' as const), request, which) },
)

/** The time for all fleets: the number of the last operation. */
let now = 0
export const clock = (): number => now

export function startFleet(options: Partial<CreateFleetOptions>): Fleet {
  const gpus: readonly FleetGpu[] = [
    { id: 'a', geometry: a100, model: 'A100', node: 'one' },
    { id: 'loose', geometry: a100, model: 'A100', count: 2 },
    { id: 'b', geometry: compileGeometry(a30), model: 'A30', node: 'two' },
    { id: 'kept', geometry: a100, model: 'A100', node: 'two', reservation: 'team' },
    { id: 'whole', geometry: a30, node: 'one', migEnabled: false },
  ]
  return createFleet({ gpus, clock, ...options })
}

/** Equal numbers do the same on fleets that hold the same. */
export function carryOut(
  fleet: Fleet,
  [what, { request: asked, isNamed }, number]: typeof operation extends fc.Arbitrary<infer T>
    ? T
    : never,
  step: number,
): unknown {
  now = step
  const { gpus } = fleet.snapshot()
  const pick = <T>(list: readonly T[]): T | undefined => list[number % Math.max(1, list.length)]
  const names = gpus.map(({ id }) => id)
  const held = gpus.flatMap(({ layout = [], heldBy }) => [
    ...(heldBy === undefined ? [] : [heldBy]),
    ...layout.flatMap(({ id }) => id ?? []),
  ])
  const gpu = pick(gpus)
  const placements = [a100, a30].flatMap(({ profiles }) =>
    profiles.flatMap((each) => each.placements),
  )
  const placement = placements[(number * 7) % placements.length] ?? { start: 0, size: 1 }
  const named: FleetRequest = isNamed ? { ...asked, id: `job-${step}` } : asked
  switch (what) {
    case 'place':
      return fleet.place(number === 0 ? { ...named, id: held[0] ?? 'x' } : named)
    case 'release': {
      const id = pick(held) ?? 'nobody'
      return fleet.release(number % 3 === 0 ? id.replace(/\/\d+$/, '') : id)
    }
    case 'move': {
      const id = pick(held) ?? 'nobody'
      return fleet.move([{ id, gpu: names[(number * 3) % names.length] ?? '?', placement }])
    }
    case 'at': {
      const { count: _count, ...one } = named
      return fleet.place(one, { at: { gpu: gpu?.id ?? '?', placement } })
    }
    case 'admit': {
      const { count: _count, ...one } = named
      const room = makeRoom(fleet, one, { workUnits: 2000 })
      return room.kind === 'room' ? fleet.admit(one, room) : room.kind
    }
    case 'add':
      return fleet.addGpus(comingGpus(number, step))
    case 'remove':
      return fleet.removeGpus([gpu?.id ?? '?'], { evict: number % 2 === 0 })
    case 'cordon':
      return fleet.cordon(number % 3 === 0 ? { nodes: ['two'] } : { gpus: [gpu?.id ?? '?'] })
    case 'uncordon':
      return fleet.uncordon(number % 3 === 0 ? { nodes: ['two'] } : { gpus: [gpu?.id ?? '?'] })
    default:
      return what satisfies never
  }
}

function comingGpus(number: number, step: number): readonly FleetGpu[] {
  const held = { profileId: 14, placement: { start: 2, size: 2 }, id: `found-${step}` }
  return (
    [
      [{ id: `fresh-${step}`, geometry: a100, model: 'A100', node: 'new', layout: [held] }],
      [{ id: 'fresh', geometry: a30, model: 'A30', count: 2 }],
      [{ id: 'loose', geometry: a100, model: 'A100', count: 3 }],
      [{ id: 'b', geometry: a30, model: 'A30', node: 'two', cordoned: true }],
      [{ id: `bad-${step}`, geometry: a30, layout: [held] }],
    ][number % 5] ?? []
  )
}
