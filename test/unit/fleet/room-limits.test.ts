import { expect, test } from 'vitest'
import { makeRoom } from '../../../lib/fleet.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import { layoutOf, type NaiveGpu, naiveGpus } from '../../support/naive-gpu.js'
import { seeded } from '../../support/random.js'

// Fleets on which a search with little work ends early, so that a linear program answers in its place.

const naive = naiveGpus.find(({ key }) => key === 'a100-40gb') as NaiveGpu
const profiles = ['7g.40gb', '4g.20gb', '3g.20gb']
/** Some of the layouts that have no room for most requests. */
const sets = naive.sets.filter((set) => {
  const layout = layoutOf(naive, set)
  const sizes = layout.map(({ placement }) => placement.size)
  return sizes.length >= 3 && sizes.reduce((sum, size) => sum + size, 0) >= 6
})

interface Asked {
  readonly gpus: readonly FleetGpu[]
  readonly profile: string
  /** By instance. */
  readonly costs: ReadonlyMap<string, number>
  readonly moveCost: { readonly requests: { readonly id: string; readonly cost: number }[] }
}

function drawProblem(draw: (below: number) => number): Asked {
  const costs = new Map<string, number>()
  const gpus = Array.from({ length: 4 + draw(8) }, (_, number): FleetGpu => {
    const layout = layoutOf(naive, sets[draw(sets.length)] ?? 0).map((each, index) => {
      const id = `${number}-${index}`
      costs.set(id, 1 + draw(5))
      return { ...each, id }
    })
    return { id: `${number}`, model: 'A100-SXM4-40GB', layout }
  })
  const requests = Array.from(costs, ([id, cost]) => ({ id, cost }))
  return { gpus, profile: profiles[draw(profiles.length)] ?? '', costs, moveCost: { requests } }
}

test('makeRoom with little work keeps to the most moves, and claims no more than a long search finds', () => {
  const draw = seeded(41)
  const counts = { kept: 0, unknown: 0, none: 0 }
  for (let round = 0; round < 30; round++) {
    const { gpus, profile, costs, moveCost } = drawProblem(draw)
    const long = makeRoom({ gpus }, { profile }, { moveCost, workUnits: 3_000_000 })
    for (const maxMoves of [1, 2, 3, 5]) {
      const workUnits = 200 + draw(800)
      const answer = makeRoom({ gpus }, { profile }, { moveCost, maxMoves, workUnits })
      const text = `round ${round}, at most ${maxMoves} moves`
      if (answer.kind === 'room') {
        const { moves, cost } = answer.plan
        expect(moves.length, text).toBeLessThanOrEqual(maxMoves)
        const paid = moves.map(({ request }) => costs.get(request ?? '') ?? Number.NaN)
        expect(cost, text).toBe(paid.reduce((sum, each) => sum + each, 0))
        expect(answer.lowerBound, text).toBeLessThanOrEqual(cost)
        expect(answer.stopped === null, text).toBe(answer.lowerBound === cost)
        if (long.kind === 'room') expect(cost, text).toBeGreaterThanOrEqual(long.plan.cost)
        counts.kept += 1
      } else if (answer.kind === 'unknown') {
        expect(answer.stopped, text).toBe('work-units')
        counts.unknown += 1
      } else {
        // What a long search makes room for takes more moves than that.
        if (long.kind === 'room')
          expect([answer.maxMoves, long.plan.moves.length > maxMoves], text).toEqual([
            maxMoves,
            true,
          ])
        counts.none += 1
      }
    }
  }
  expect(Math.min(counts.kept, counts.unknown, counts.none)).toBeGreaterThan(5)
})

test('makeRoom says that its work was over where its moves may cost more than others', () => {
  const costs = [6, 18, 8, 2, 4, 16, 2, 3, 8, 6, 14, 12, 15, 2, 13]
  const layouts = [
    '4g.20gb@0 1g.5gb@4 1g.5gb@6',
    '4g.20gb@0 3g.20gb@4',
    '3g.20gb@0 1g.5gb@4 1g.5gb@5',
    '2g.10gb@0 2g.10gb@2 1g.5gb@4 1g.5gb@6',
    '4g.20gb@0 1g.5gb@4 1g.5gb@6',
  ]
  let count = 0
  const gpus = layouts.map((layout, number): FleetGpu => {
    const instances = layout.split(' ').map((text) => {
      const [name = '', start = ''] = text.split('@')
      const profile = naive.geometry.profiles.find((each) => each.name === name)
      const placement = profile?.placements.find((each) => each.start === Number(start))
      if (profile === undefined || placement === undefined) throw new Error(text)
      return { profileId: profile.id, placement, id: `${count++}` }
    })
    return { id: `gpu-${number}`, model: 'A100-SXM4-40GB', layout: instances }
  })
  const moveCost = { requests: costs.map((cost, id) => ({ id: `${id}`, cost })) }
  const ask = (workUnits: number) => {
    const answer = makeRoom({ gpus }, { profile: '4g.20gb' }, { moveCost, workUnits })
    if (answer.kind !== 'room') throw new Error(answer.kind)
    return answer
  }
  const [short, long] = [ask(400), ask(1_000_000)]
  expect(short.stopped).toBe('work-units')
  expect(short.lowerBound).toBeLessThan(short.plan.cost)
  expect([long.stopped, long.lowerBound]).toEqual([null, long.plan.cost])
  expect(short.lowerBound).toBeLessThanOrEqual(long.plan.cost)
  // Most of the proof is there: it takes the better of what the search and the linear program prove.
  expect(short.lowerBound).toBeGreaterThan(0.9 * long.plan.cost)
  expect(short.plan.cost).toBeGreaterThanOrEqual(long.plan.cost)
})
