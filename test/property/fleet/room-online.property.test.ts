import { describe, expect, test } from 'vitest'
import { isMigError } from '../../../lib/errors.js'
import { compactFleet, createFleet, makeRoom } from '../../../lib/fleet.js'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import type { FleetInUse, MakeRoomOptions, MakeRoomResult } from '../../../types/fleet/moves.js'
import type { Fleet } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import { seeded } from '../../support/random.js'

const models = ['A100-SXM4-80GB', 'A100-SXM4-40GB', 'A30']
const profilesOf = new Map(
  models.map((name) => {
    const found = findCatalogModel(name)
    const geometry = found === null ? null : catalogGeometry(found)
    return [name, geometry?.profiles.map((profile) => profile.name) ?? []]
  }),
)

type Random = (below: number) => number
const oneIn = (random: Random, many: number): boolean => random(many) === 0
const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T

function drawGpu(random: Random, few: readonly string[], number: number): FleetGpu {
  return {
    id: `g${number}`,
    model: pick(random, few),
    ...(oneIn(random, 7) && { reservation: 'x' }),
    ...(oneIn(random, 10) && { migEnabled: false }),
    ...(oneIn(random, 2) && { node: `n${random(3)}` }),
    ...(oneIn(random, 5) && { count: 1 + random(3) }),
  }
}

function drawRequest(random: Random, few: readonly string[], id: string): FleetRequest {
  const names = profilesOf.get(pick(random, few)) ?? []
  const wish = oneIn(random, 4)
    ? oneIn(random, 6)
      ? { wholeGpu: true as const }
      : { need: { memoryMiB: 4000 * random(10) } }
    : { profile: pick(random, names) }
  return {
    id,
    ...wish,
    ...(oneIn(random, 10) && { labels: ['a'] }),
    ...(oneIn(random, 10) && { reservation: 'x' }),
    ...(oneIn(random, 30) && { avoid: [{ label: 'b', scope: 'gpu' as const }] }),
  }
}

/** Lets requests and GPUs come and go. */
function churn(random: Random, fleet: Fleet, few: readonly string[], ids: string[], round: number) {
  for (let step = 0; step < 30; step += 1) {
    const request = drawRequest(random, few, `r${round}-${step}`)
    const count = oneIn(random, 20) ? { count: 2 } : {}
    if (attempt(() => fleet.place({ ...request, ...count })).kind === 'placed') {
      ids.push(request.id ?? '')
    }
    const [leaving] = oneIn(random, 2) ? ids.splice(random(Math.max(1, ids.length)), 1) : []
    if (leaving !== undefined) fleet.release(leaving)
    const act = random(25)
    if (act > 3) continue
    const { gpus } = fleet.snapshot()
    const { id } = pick(random, gpus)
    if (act === 0) fleet.addGpus([drawGpu(random, few, 1000 * round + step + 10)])
    if (act === 1 && gpus.length > 1) attempt(() => fleet.removeGpus([id]))
    if (act === 2) fleet.cordon({ gpus: [id] })
    if (act === 3) fleet.uncordon({ gpus: [id] })
  }
}

type Refused = { readonly kind: 'error'; readonly message: string }

function attempt<T>(call: () => T): T | Refused {
  try {
    return call()
  } catch (error) {
    if (!isMigError(error)) throw error
    return { kind: 'error', message: error.message }
  }
}

function drawOptions(random: Random, ids: readonly string[]): MakeRoomOptions {
  const priced = ids.slice(0, 3).map((id) => ({ id, cost: random(4) }))
  return {
    workUnits: 1000,
    ...(oneIn(random, 3) && { pinned: ids.slice(0, 1) }),
    ...(oneIn(random, 3) && { moveCost: { each: 2, requests: priced } }),
    ...(oneIn(random, 3) && { maxMoves: random(3) }),
  }
}

describe('makeRoom of a running fleet', () => {
  test('makeRoom answers for a running fleet as for its snapshot, whatever came before', () => {
    const counts = { room: 0, 'no-room': 0, unknown: 0, error: 0, moved: 0 }
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seeded(seed)
      const few = oneIn(random, 2) ? models : [pick(random, models)]
      const gpus = Array.from({ length: 1 + random(5) }, (_, index) => drawGpu(random, few, index))
      const fleet = createFleet({ gpus, policy: 'residual' })
      const ids: string[] = []
      for (let round = 0; round < 4; round += 1) {
        churn(random, fleet, few, ids, round)
        const where = oneIn(random, 8)
          ? { where: oneIn(random, 2) ? { nodes: ['n0'] } : { models: few.slice(0, 2) } }
          : {}
        const request = { ...drawRequest(random, few, 'new'), ...where }
        const options = drawOptions(random, ids)
        const ask = (of: FleetInUse | Fleet): MakeRoomResult | Refused =>
          attempt(() => makeRoom(of, request, options))
        const answer = ask(fleet)
        expect(answer, `seed ${seed}, round ${round}`).toEqual(ask(fleet.snapshot()))
        counts[answer.kind] += 1
        if (answer.kind !== 'room' || oneIn(random, 3)) continue
        counts.moved += Number(answer.plan.moves.length > 0)
        fleet.admit(request, answer)
        fleet.release('new')
      }
    }
    expect(Math.min(counts.room, counts['no-room'], counts.moved)).toBeGreaterThan(3)
  })

  test('makeRoom takes no snapshot of a fleet where no filter names GPUs or nodes', () => {
    const fleet = createFleet({ gpus: [{ id: 'g', model: 'A100-SXM4-40GB', count: 3 }] })
    fleet.place({ id: 'a', profile: '1g.5gb', count: 9 })
    fleet.place({ id: 'b', need: { memoryMiB: 9000 }, labels: ['web'] })
    const whole = makeRoom(fleet.snapshot(), { profile: '7g.40gb' }, { pinned: ['b'] })
    const unread = Object.assign(fleet, { snapshot: () => expect.unreachable('a snapshot') })
    expect(makeRoom(unread, { profile: '7g.40gb' }, { pinned: ['b'] })).toEqual(whole)
  })
})

describe('compactFleet without names', () => {
  test('compactFleet counts a running fleet as it counts its snapshot, whatever came before', async () => {
    let freed = 0
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seeded(seed + 1e6)
      const few = oneIn(random, 2) ? models : [pick(random, models)]
      const gpus = Array.from({ length: 1 + random(8) }, (_, index) => drawGpu(random, few, index))
      const fleet = createFleet({ gpus, policy: 'residual' })
      const ids: string[] = []
      for (let round = 0; round < 3; round += 1) {
        churn(random, fleet, few, ids, round)
        const { pinned, moveCost } = drawOptions(random, ids)
        const options = { ...(pinned && { pinned }), ...(moveCost && { costs: moveCost }) }
        const ask = async (of: Fleet | FleetInUse): Promise<unknown> => {
          try {
            return await compactFleet(of, { ...options, names: false })
          } catch (error) {
            return isMigError(error) ? error.message : Promise.reject(error)
          }
        }
        const counted = await ask(fleet)
        const text = `seed ${seed}, round ${round}`
        expect(counted, text).toEqual(await ask(fleet.snapshot()))
        if (typeof counted === 'string') continue
        const named = await compactFleet(fleet, options)
        const { gpusBefore, gpus: left, lowerBound, certificate } = named
        const figures = { gpusBefore, gpus: left, lowerBound, certificate, freed: [] }
        if (named.gap === 0) expect(counted, text).toMatchObject({ ...figures, gap: 0 })
        expect(counted, text).toMatchObject({ plan: { moves: [], steps: [] } })
        freed += named.freed.length
      }
    }
    expect(freed).toBeGreaterThan(3)
  })

  test('compactFleet takes no snapshot of a running fleet to count it, and a change while it works does no harm', async () => {
    const fleet = createFleet({ gpus: [{ id: 'g', model: 'A100-SXM4-40GB', count: 9 }] })
    for (let gpu = 0; gpu < 9; gpu += 1) {
      const placement = { start: 0, size: 4 }
      fleet.place({ id: `r${gpu}`, profile: '3g.20gb' }, { at: { gpu: `g/${gpu}`, placement } })
    }
    const unread = Object.assign(fleet, { snapshot: () => expect.unreachable('a snapshot') })
    const work = compactFleet(unread, { names: false })
    fleet.removeGpus(['g/0', 'g/1', 'g/2'], { evict: true })
    expect(await work).toMatchObject({ gpusBefore: 9, gpus: 5, cost: 4, gap: 0 })
  })
})
