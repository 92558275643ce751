import { describe, expect, test } from 'vitest'
import { compactFleet, drainGpus, makeRoom } from '../../../lib/fleet.js'
import type { FleetDrain, FleetPlan } from '../../../types/fleet/moves.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import { type MovableItem, solveMoves } from '../../support/fleet-move-model.js'
import { findAnswerFault, type ReplayedGpu } from '../../support/fleet-replay.js'
import { loadHighs } from '../../support/highs.js'
import { layoutOf, type NaiveGpu, naiveGpus, spotsOf } from '../../support/naive-gpu.js'
import { seeded } from '../../support/random.js'

const models = ['a30-24gb', 'a100-40gb', 'h100-80gb-sxm'].map(
  (key) => naiveGpus.find((gpu) => gpu.key === key) as NaiveGpu,
)
/** The number of fleets for each question. A longer run compares 2,000 in all. */
const cases = Number(process.env['MIG_NVML_FLEET_CASES'] ?? 120)

interface Drawn {
  readonly gpus: readonly ReplayedGpu[]
  readonly fleet: readonly FleetGpu[]
  readonly items: readonly MovableItem[]
  readonly pinned: ReadonlyMap<string, number>
  readonly costs: { readonly id: string; readonly cost: number }[]
}

/** A fleet in use with mixed models, where some instances are pinned and some cost more to move. */
function drawFleet(random: (below: number) => number, mostGpus: number): Drawn {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T
  const kinds = random(3) === 0 ? models : [pick(models)]
  const gpus = Array.from({ length: 1 + random(mostGpus) }, (_, number) => {
    const gpu = pick(kinds)
    return { id: `g${number}`, gpu, there: pick(gpu.sets) }
  })
  const hasCosts = random(3) === 0
  const pinnedOneIn = 3 + random(10)
  const items: MovableItem[] = []
  const pinned = new Map<string, number>()
  const costs: { id: string; cost: number }[] = []
  const fleet = gpus.map(({ id, gpu, there }, number): FleetGpu => {
    const spots = spotsOf(gpu, there)
    const layout = layoutOf(gpu, there).map(({ profileId, placement }, index) => {
      const spot = gpu.spots.indexOf(spots[index] as (typeof spots)[number])
      const isPinned = random(pinnedOneIn) === 0
      const cost = hasCosts ? random(4) : 1
      const name = `${id}-${index}`
      if (hasCosts) costs.push({ id: name, cost })
      if (isPinned) pinned.set(id, (pinned.get(id) ?? 0) | (1 << spot))
      items.push({
        profile: gpu.spots[spot]?.profile ?? -1,
        on: [...gpus.keys()].filter((other) => gpus[other]?.gpu === gpu),
        at: { gpu: number, spot },
        cost: isPinned ? null : cost,
      })
      return { id: name, profileId, placement, ...(isPinned && { pinned: true }) }
    })
    return { id, geometry: gpu.geometry, layout }
  })
  return { gpus, fleet, items, pinned, costs }
}

/** What stays on these GPUs, as an answer lists it. */
function leftOn(
  names: readonly string[],
  fleet: readonly FleetGpu[],
  { moves }: FleetPlan,
): readonly unknown[] {
  const going = new Set(moves.map(({ request }) => request))
  return fleet
    .filter(({ id }) => names.includes(id))
    .flatMap(({ id: gpu, layout = [] }) =>
      [...layout]
        .filter(({ id = null }) => !going.has(id))
        .map(({ id, profileId, placement }) =>
          expect.objectContaining({ request: id, gpu, profileId, placement }),
        ),
    )
}

const naive = (gpus: readonly ReplayedGpu[]): NaiveGpu[] => gpus.map(({ gpu }) => gpu)

describe('moves of small fleets agree with the assignment model', () => {
  test('makeRoom finds moves at the least cost, and no room exactly where there is none', async () => {
    const highs = await loadHighs()
    const counts = { room: 0, 'no-room': 0, unknown: 0, moved: 0 }
    for (let seed = 1; seed <= cases; seed += 1) {
      const random = seeded(seed)
      const { gpus, fleet, items, pinned, costs } = drawFleet(random, 3)
      const asked = gpus[random(gpus.length)]?.gpu as NaiveGpu
      const profile = random(asked.profiles.length)
      const name = asked.geometry.profiles[profile]?.name ?? ''
      const on = [...gpus.keys()].filter((number) => gpus[number]?.gpu === asked)
      const others = gpus.some(
        ({ gpu }) => gpu !== asked && gpu.geometry.profiles.some((each) => each.name === name),
      )
      if (others) continue
      const request = { id: 'new', profile: name }
      const answer = makeRoom({ gpus: fleet }, request, { moveCost: { requests: costs } })
      const best = solveMoves(
        highs,
        naive(gpus),
        [...items, { profile, on, at: null, cost: 0 }],
        null,
      )
      counts[answer.kind] += 1
      if (answer.kind !== 'room') {
        expect(best, `seed ${seed}: ${JSON.stringify(answer)}`).toBeNull()
        expect(answer.kind).toBe('no-room')
        continue
      }
      expect(answer.plan.cost, `seed ${seed}`).toBe(best?.cost)
      expect(answer.lowerBound).toBe(best?.cost)
      if (answer.plan.moves.length > 0) counts.moved += 1
      expect(findAnswerFault(gpus, answer.plan, pinned), `seed ${seed}`).toBeNull()
    }
    expect(counts.moved).toBeGreaterThan(cases / 20)
    expect(counts['no-room']).toBeGreaterThan(cases / 20)
  }, 600_000)

  test('compactFleet finds the fewest GPUs at the least cost', async () => {
    const highs = await loadHighs()
    let freed = 0
    for (let seed = 1; seed <= cases; seed += 1) {
      const { gpus, fleet, items, pinned, costs } = drawFleet(seeded(seed + 1e6), 4)
      const answer = await compactFleet({ gpus: fleet }, { costs: { requests: costs } })
      const best = solveMoves(highs, naive(gpus), items, 'fewest-gpus')
      expect([answer.gpus, answer.cost], `seed ${seed}`).toEqual([best?.first, best?.cost])
      expect(answer.lowerBound).toEqual({ gpus: best?.first, cost: best?.cost })
      expect(answer.gap).toBe(0)
      expect(answer.plan.cost).toBe(answer.cost)
      freed += answer.freed.length
      expect(findAnswerFault(gpus, answer.plan, pinned), `seed ${seed}`).toBeNull()
    }
    expect(freed).toBeGreaterThan(cases / 10)
  }, 600_000)

  test('drainGpus leaves the fewest instances at the least cost, and without HiGHS it never claims more than that', async () => {
    const highs = await loadHighs()
    const counts = { drained: 0, left: 0, displaced: 0, best: 0 }
    for (let seed = 1; seed <= cases; seed += 1) {
      const random = seeded(seed + 2e6)
      const { gpus, fleet, items, pinned, costs } = drawFleet(random, 4)
      const drained = new Set([...gpus.keys()].filter(() => random(3) === 0))
      const names = [...drained].map((number) => gpus[number]?.id ?? '')
      const best = solveMoves(highs, naive(gpus), items, drained)
      const optimum = { left: best?.first ?? -1, cost: best?.cost ?? -1 }
      const drain = async (solver: 'auto' | 'own'): Promise<FleetDrain> => {
        const options = { costs: { requests: costs }, solver }
        const answer = await drainGpus({ gpus: fleet }, { gpus: names }, options)
        expect(findAnswerFault(gpus, answer.plan, pinned), `seed ${seed}`).toBeNull()
        expect(answer.left).toEqual(leftOn(names, fleet, answer.plan))
        expect(answer.cost).toBe(answer.plan.cost)
        for (const { kind, gpu } of answer.plan.steps) {
          expect(kind === 'create' && names.includes(gpu), `seed ${seed}`).toBe(false)
        }
        return answer
      }
      const answer = await drain('auto')
      expect({ left: answer.left.length, cost: answer.cost }, `seed ${seed}`).toEqual(optimum)
      expect([answer.lowerBound, answer.gap]).toEqual([optimum, 0])
      counts.left += answer.left.length
      counts.drained += Number(names.length > 0 && answer.left.length === 0)
      counts.displaced += Number(answer.plan.moves.some(({ from }) => !names.includes(from.gpu)))

      const own = await drain('own')
      expect(own.left.length).toBeGreaterThanOrEqual(optimum.left)
      if (own.left.length === optimum.left) expect(own.cost).toBeGreaterThanOrEqual(optimum.cost)
      expect(own.lowerBound.left).toBeLessThanOrEqual(optimum.left)
      if (own.lowerBound.left === optimum.left) {
        expect(own.lowerBound.cost).toBeLessThanOrEqual(optimum.cost)
      }
      counts.best += Number(own.left.length === optimum.left && own.cost === optimum.cost)
    }
    expect(Math.min(counts.drained, counts.left, counts.displaced)).toBeGreaterThan(cases / 20)
    expect(counts.best).toBeGreaterThan(cases * 0.9)
  }, 600_000)
})
