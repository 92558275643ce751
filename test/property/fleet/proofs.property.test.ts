import { describe, expect, test } from 'vitest'
import { compactFleet, createFleet, drainGpus, makeRoom } from '../../../lib/fleet.js'
import type { FleetRefusal } from '../../../types/fleet/online.js'
import { bestAssignment, type NaiveItem } from '../../support/naive-moves.js'
import { seeded } from '../../support/random.js'
import { type DrawnFleet, drawFleet, mayEnter, serves, toItems, toWanted } from './drawn-fleet.js'

/** The number of fleets for each question. A longer run sets ten times as many. */
const cases = Number(process.env['MIG_NVML_FLEET_CASES'] ?? 300)

/** Whether the request fits somewhere without moves. */
function fitsNow(fleet: DrawnFleet, wanted: NaiveItem): boolean {
  const fixed = toItems(fleet).map((item) => ({ ...item, cost: null }))
  return bestAssignment(fleet.naive, [...fixed, wanted]) !== null
}

/** What disproves a refusal that is called proven; null: nothing does. */
function refute(fleet: DrawnFleet, reason: FleetRefusal['reason']): string | null {
  const { gpus, naive, wanted } = fleet
  const able = gpus.filter((_, number) => {
    const model = naive[number]
    return model !== undefined && serves(wanted, model).length > 0
  })
  const isAllowed = able.filter((gpu) => mayEnter(gpu, wanted))
  const afterMoves = bestAssignment(naive, [...toItems(fleet), toWanted(fleet)])
  switch (reason) {
    case 'never':
      return isAllowed.length === 0 ? null : 'an empty GPU could serve it'
    case 'cordoned':
      return isAllowed.every(({ cordoned }) => cordoned === true) ? null : 'a GPU is open'
    case 'no-room':
      return afterMoves === null ? null : 'moves make room'
    case 'moves':
      return afterMoves === null ? 'no moves make room' : null
    case 'constraints': {
      const { where: _where, ...open } = wanted
      const models = wanted.where?.models
      const free = { ...open, ...(models && { where: { models } }) }
      return fitsNow(fleet, toWanted({ ...fleet, wanted: free })) ? null : 'there is no room at all'
    }
    default:
      return 'it is no reason for a request without a place'
  }
}

describe('proofs hold when every assignment is tried', () => {
  test('every refusal of place that is called proven is right', () => {
    const counts: Record<string, number> = {}
    for (let seed = 1; seed <= 2 * cases; seed += 1) {
      const fleet = drawFleet(seeded(seed))
      const { gpus, requests, wanted } = fleet
      const answer = createFleet({ gpus, requests }).place(wanted)
      expect(answer.kind === 'placed', `seed ${seed}`).toBe(fitsNow(fleet, toWanted(fleet)))
      if (answer.kind === 'placed') continue
      const { reason, proven } = answer
      counts[`${reason} ${proven}`] = (counts[`${reason} ${proven}`] ?? 0) + 1
      if (proven) expect(refute(fleet, reason), `seed ${seed}: ${reason}`).toBeNull()
    }
    for (const reason of ['no-room', 'moves', 'never', 'cordoned', 'constraints']) {
      expect(counts[`${reason} true`], JSON.stringify(counts)).toBeGreaterThan(0)
    }
  })

  test('makeRoom says no-room only where no moves make room, and its bound is never above the least cost', () => {
    const counts = { room: 0, moved: 0, 'no-room': 0, unknown: 0 }
    for (let seed = 1; seed <= cases; seed += 1) {
      const random = seeded(seed + 1e6)
      const fleet = drawFleet(random)
      const { gpus, requests, wanted, costs } = fleet
      const isLimited = random(4) === 0
      const options = isLimited ? { maxMoves: random(3) } : { moveCost: costs }
      const answer = makeRoom({ gpus, requests }, wanted, options)
      expect(makeRoom(createFleet({ gpus, requests }), wanted, options).kind).toBe(answer.kind)
      const items = toItems(isLimited ? { ...fleet, costs: {} } : fleet)
      const best = bestAssignment(fleet.naive, [...items, toWanted(fleet)])
      const text = `seed ${seed}: ${JSON.stringify(answer)}`
      counts[answer.kind] += 1
      if (answer.kind === 'no-room') {
        if (answer.maxMoves === null) expect(best, text).toBeNull()
        else expect(best?.cost ?? Number.POSITIVE_INFINITY, text).toBeGreaterThan(answer.maxMoves)
      } else if (answer.kind === 'room') {
        expect(answer.plan.cost, text).toBeGreaterThanOrEqual(best?.cost ?? -1)
        expect(answer.lowerBound, text).toBeLessThanOrEqual(best?.cost ?? -1)
        counts.moved += Number(answer.plan.moves.length > 0)
      } else {
        expect(answer.lowerBound, text).toBeLessThanOrEqual(best?.cost ?? Number.POSITIVE_INFINITY)
      }
    }
    expect(Math.min(counts.moved, counts['no-room'])).toBeGreaterThan(cases / 30)
  })

  test('compactFleet names the fewest GPUs, the least cost and the GPUs that become empty', async () => {
    let freed = 0
    for (let seed = 1; seed <= cases; seed += 1) {
      const fleet = drawFleet(seeded(seed + 2e6))
      const { gpus, requests, costs, naive } = fleet
      const answer = await compactFleet({ gpus, requests }, { costs })
      const best = bestAssignment(naive, toItems(fleet), { inUse: 1 })
      const text = `seed ${seed}: ${JSON.stringify(answer.plan.moves)}`
      expect(answer.lowerBound.gpus, text).toBeLessThanOrEqual(best?.first ?? -1)
      expect(answer.gpus, text).toBeGreaterThanOrEqual(best?.first ?? -1)
      if (answer.lowerBound.gpus === best?.first) {
        expect(answer.lowerBound.cost, text).toBeLessThanOrEqual(best.cost)
      }
      if (answer.gap === 0)
        expect([answer.gpus, answer.cost], text).toEqual(Object.values(best ?? {}))
      const left = new Map(gpus.map(({ id, layout = [] }) => [id, layout.length]))
      for (const { from, to } of answer.plan.moves) {
        left.set(from.gpu, (left.get(from.gpu) ?? 0) - 1)
        left.set(to.gpu, (left.get(to.gpu) ?? 0) + 1)
      }
      const emptied = gpus.filter(({ id, layout = [] }) => layout.length > 0 && left.get(id) === 0)
      expect(answer.freed, text).toEqual(emptied.map(({ id }) => id))
      expect(answer.gpus, text).toBe([...left.values()].filter((count) => count > 0).length)
      freed += emptied.length
    }
    expect(freed).toBeGreaterThan(cases / 30)
  })

  test('drainGpus leaves the fewest instances at the least cost, and says why each stays', async () => {
    const counts = { left: 0, moved: 0 }
    for (let seed = 1; seed <= cases; seed += 1) {
      const random = seeded(seed + 3e6)
      const fleet = drawFleet(random)
      const { gpus, requests, costs, naive } = fleet
      const names = gpus.filter(() => random(2) === 0).map(({ id }) => id)
      const answer = await drainGpus({ gpus, requests }, { gpus: names }, { costs })
      const closed = new Set(names)
      const items = toItems(fleet, closed)
      const isOnDrained = ({ at }: NaiveItem): boolean => closed.has(gpus[at?.gpu ?? -1]?.id ?? '')
      const best = bestAssignment(naive, items, { stays: (item) => Number(isOnDrained(item)) })
      const text = `seed ${seed}: ${JSON.stringify(answer.left)}`
      expect(answer.lowerBound.left, text).toBeLessThanOrEqual(best?.first ?? -1)
      expect(answer.left.length, text).toBeGreaterThanOrEqual(best?.first ?? -1)
      if (answer.lowerBound.left === best?.first) {
        expect(answer.lowerBound.cost, text).toBeLessThanOrEqual(best.cost)
      }
      if (answer.gap === 0) {
        expect([answer.left.length, answer.cost], text).toEqual(Object.values(best ?? {}))
      }
      const ids = gpus.flatMap(({ layout = [] }) => layout.map(({ id }) => id))
      for (const { request, reason } of answer.left) {
        const item = items[ids.indexOf(request ?? '')]
        const hasPlaces = item?.spots.some((spots) => spots.length > 0)
        const right = item?.cost === null ? 'pinned' : hasPlaces ? 'no-room' : 'never'
        expect(reason, text).toBe(right)
      }
      counts.left += answer.left.length
      counts.moved += answer.plan.moves.length
    }
    expect(Math.min(counts.left, counts.moved)).toBeGreaterThan(cases / 30)
  })
})
