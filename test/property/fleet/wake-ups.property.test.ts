import { expect, test } from 'vitest'
import { createFleet } from '../../../lib/fleet.js'
import type { Fleet } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'
import { seeded } from '../../support/random.js'
import { legalPlaces, naiveFleet } from './online-oracle.js'

type Random = (below: number) => number
const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T
const oneIn = (random: Random, many: number): boolean => random(many) === 0

const geometry = geometryOf('a100-40gb')
const profiles = ['1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']
const gpus: readonly FleetGpu[] = [0, 1, 2, 3].map((index) => ({
  id: `gpu-${index}`,
  geometry,
  model: 'A100',
  node: `node-${index >> 1}`,
  ...(index === 3 && { reservation: 'team' }),
}))

function drawRules(random: Random): Partial<FleetRequest> {
  const label = pick(random, ['web', 'batch'])
  return {
    ...(oneIn(random, 3) && { labels: [label] }),
    ...(oneIn(random, 5) && { spread: [{ label, maxPerGpu: 1 + random(2) }] }),
    ...(oneIn(random, 8) && { spread: [{ label, maxPerNode: 1 + random(2) }] }),
    ...(oneIn(random, 6) && { avoid: [{ label, scope: pick(random, ['gpu', 'node'] as const) }] }),
    ...(oneIn(random, 6) && { sameNode: pick(random, ['pair', 'trio']) }),
    ...(oneIn(random, 6) && { count: 2 + random(2) }),
  }
}

function drawRequest(random: Random, withRules: boolean): FleetRequest {
  return {
    ...(oneIn(random, 4)
      ? { need: { memoryMiB: 1 + random(30_000) } }
      : { profile: pick(random, profiles) }),
    ...(oneIn(random, 4) && { where: { nodes: [pick(random, ['node-0', 'node-1'])] } }),
    ...(oneIn(random, 5) && { reservation: 'team' }),
    ...(withRules && drawRules(random)),
  }
}

function drawFleet(random: Random, withRules: boolean): Fleet {
  const fleet = createFleet({ gpus })
  for (let step = 0; step < 30; step += 1) {
    fleet.place({ ...drawRequest(random, withRules && oneIn(random, 2)), id: `job-${step}` })
    const held = idsOf(fleet)
    if (oneIn(random, 3) && held.length > 0) fleet.release(pick(random, held))
  }
  if (oneIn(random, 4)) fleet.cordon({ gpus: ['gpu-1'] })
  return fleet
}

const idsOf = (fleet: Fleet): readonly string[] =>
  fleet.snapshot().gpus.flatMap(({ layout = [] }) => layout.flatMap(({ id }) => id ?? []))

/** Whether the request finds a place once these have been released, in a fleet like this one. */
function fitsWithout(fleet: Fleet, request: FleetRequest, released: readonly string[]): boolean {
  const copy = createFleet(fleet.snapshot())
  for (const id of released) copy.release(id)
  return copy.place(request).kind === 'placed'
}

test('wakeUps names exactly the instances whose release alone gives a refused request room', () => {
  let named = 0
  let unnamed = 0
  for (let seed = 1; seed <= 30; seed += 1) {
    const random = seeded(seed)
    const fleet = drawFleet(random, true)
    const request = drawRequest(random, true)
    const before = fleet.snapshot()
    const { hasRoom, releases, gpus: watched } = fleet.wakeUps(request)
    expect(fleet.snapshot(), `seed ${seed}: wakeUps has changed the fleet`).toEqual(before)
    expect(hasRoom, `seed ${seed}`).toBe(fitsWithout(fleet, request, []))
    if (hasRoom) continue
    const singles = releases.flatMap(({ requests }) => (requests.length === 1 ? requests : []))
    const helping = idsOf(fleet).filter((id) => fitsWithout(fleet, request, [id]))
    expect([...singles].sort(), `seed ${seed}`).toEqual([...helping].sort())
    named += helping.length
    unnamed += idsOf(fleet).length - helping.length
    // What leaves any other GPU gives no room.
    const elsewhere = before.gpus
      .filter(({ id }) => !watched.includes(id))
      .flatMap(({ layout = [] }) => layout.flatMap(({ id }) => id ?? []))
    expect(fitsWithout(fleet, request, elsewhere), `seed ${seed}`).toBe(false)
  }
  expect(Math.min(named, unnamed)).toBeGreaterThan(10)
})

test('the sets of wakeUps decide for any releases, moves and new placements whether there may be room', () => {
  let woken = 0
  let asleep = 0
  for (let seed = 1; seed <= 120; seed += 1) {
    const random = seeded(seed)
    const fleet = drawFleet(random, false)
    const request = { profile: pick(random, profiles.slice(2)) }
    const { hasRoom, releases, complete } = fleet.wakeUps(request)
    if (hasRoom) continue
    expect(complete).toBe(true)
    const naive = naiveFleet(fleet.snapshot().gpus)
    const open = fleet.snapshot().gpus.map(({ cordoned, reservation }) => {
      return cordoned !== true && reservation === undefined
    })
    const left = idsOf(fleet).filter(() => oneIn(random, 2))
    for (const gpu of naive) {
      gpu.instances = gpu.instances.filter(({ id }: FleetInstance) => !left.includes(id ?? ''))
    }
    const fits = naive.some(
      (gpu, index) => open[index] && legalPlaces(gpu, request.profile).length > 0,
    )
    const isWoken = releases.some(({ requests }) => requests.every((id) => left.includes(id)))
    expect(isWoken, `seed ${seed}`).toBe(fits)
    if (isWoken) woken += 1
    else asleep += 1
    // Others come in between: then a request that was not woken has no room either.
    for (const id of left) {
      fleet.release(id)
      if (oneIn(random, 2)) fleet.place(drawRequest(random, false))
    }
    if (!isWoken) expect(fleet.place(request).kind, `seed ${seed}`).toBe('refused')
  }
  expect(Math.min(woken, asleep)).toBeGreaterThan(10)
})
