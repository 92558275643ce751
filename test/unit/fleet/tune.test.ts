import { expect, test } from 'vitest'
import { layoutTableOf } from '../../../lib/fleet/layouts/layout-table.js'
import { type Ranking, rankLayouts } from '../../../lib/fleet/layouts/ranking.js'
import { drawArrivals } from '../../../lib/fleet/policy/arrival-trace.js'
import { isolatedWorth } from '../../../lib/fleet/policy/isolated-worth.js'
import { bestFitScore, fgdScore, worthScore } from '../../../lib/fleet/policy/policy-scores.js'
import { memoryAcceptance, replay } from '../../../lib/fleet/policy/replay.js'
import { improveShared } from '../../../lib/fleet/policy/shared-worth.js'
import { createFleet } from '../../../lib/fleet.js'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import { compileGeometry } from '../../../lib/solver/tables/tables.js'

const found = findCatalogModel('A100-SXM4-40GB')
const published = found === null ? null : catalogGeometry(found)
const geometry = {
  profiles: (published?.profiles ?? []).filter(({ name }) => !name.includes('+me')),
}
const table = layoutTableOf(compileGeometry(geometry))
const mix = {
  '1g.5gb': 35,
  '1g.10gb': 10,
  '2g.10gb': 25,
  '3g.20gb': 15,
  '4g.20gb': 10,
  '7g.40gb': 5,
}
const byPosition = geometry.profiles.map(({ name }) => mix[name as keyof typeof mix])
const gpuCount = 40
const trace = (seed: number, requests: number) =>
  drawArrivals(table, { mix: byPosition, load: 0.9, gpuCount, requests, seed })
const gpus = [{ id: 'gpu', geometry, count: gpuCount }]

test('A tuned policy accepts more than best-fit and FGD on arrivals that it has not seen', () => {
  const fleet = createFleet({ gpus, mix, policy: 'tuned' })
  const { policy, models } = fleet.tune({ workUnits: 300_000, load: 0.9 })
  const [trials] = models.map((each) => each.trials)
  expect(trials?.map(({ acceptance }) => acceptance)).toEqual(
    trials?.map(({ acceptance }) => acceptance).toSorted((a, b) => b - a),
  )
  const run = (ranking: Ranking): number =>
    [91, 92].reduce(
      (sum, seed) =>
        sum + memoryAcceptance(table, replay(table, gpuCount, trace(seed, 60_000), ranking)),
      0,
    )
  const tuned = run(rankLayouts(table, worthScore(policy.models[0]?.weights ?? [])))
  expect(tuned).toBeGreaterThan(run(rankLayouts(table, bestFitScore(table))) + 5000)
  expect(tuned).toBeGreaterThan(run(rankLayouts(table, fgdScore(table, byPosition))) + 5000)
})

test('The worth of layouts to a fleet places better than their worth to one GPU alone', () => {
  const problem = { table, mix: byPosition, load: 0.9, gpuCount }
  const acceptance = (worth: Float64Array): number => {
    const weights = worth.map((value) => Math.round(value * 1000))
    const ranking = rankLayouts(table, worthScore(weights))
    return memoryAcceptance(table, replay(table, gpuCount, trace(32, 60_000), ranking))
  }
  const alone = isolatedWorth(table, byPosition, 2)
  let shared = alone
  for (let round = 1; round <= 4; round += 1) {
    shared = improveShared(problem, shared, trace(40 + round, 20_000))
  }
  expect(acceptance(shared)).toBeGreaterThan(acceptance(alone) + 3000)
  // A full GPU grants nothing more until an instance leaves.
  expect(Math.min(...shared)).toBeLessThan(-5)
  expect(Math.max(...shared)).toBeLessThan(1)
})

test('The same seed gives the same policy, which survives JSON and places the same', () => {
  const tune = (seed: number) =>
    createFleet({ gpus, mix }).tune({ workUnits: 60_000, seed, load: 1 }).policy
  const policy = tune(3)
  expect(tune(3)).toEqual(policy)
  const answers = [policy, JSON.parse(JSON.stringify(policy))].map((each) => {
    const fleet = createFleet({ gpus, policy: each })
    return Object.keys(mix).flatMap((profile) => [
      fleet.place({ profile }),
      fleet.place({ profile }),
    ])
  })
  expect(answers[0]).toEqual(answers[1])
  const short = { ...policy, models: policy.models.map((each) => ({ ...each, weights: [1, 2] })) }
  expect(() => createFleet({ gpus, policy: short })).toThrow(/2 weights/)
})

test('A fleet answers exactly as a replay of its policy does', () => {
  const arrivals = trace(5, 4000)
  const ranking = rankLayouts(table, fgdScore(table, byPosition))
  const fleet = createFleet({ gpus, mix })
  let given = 0
  for (const event of arrivals.events) {
    if (event < 0) {
      try {
        fleet.release(`${~event}`)
      } catch {
        // The request was refused.
      }
      continue
    }
    const profile = geometry.profiles[arrivals.positions[event] ?? 0]?.name ?? ''
    const placed = fleet.place({ id: `${event}`, profile }).kind === 'placed'
    if (placed && event >= 400) given += 1
  }
  const counts = replay(table, gpuCount, arrivals, ranking)
  expect(given).toBe(counts.given.reduce((sum, count) => sum + count, 0))
  expect(given).toBeLessThan(3600)
})

test('The observed load of a fleet is that of the arrivals', () => {
  const fleet = createFleet({ gpus, policy: 'best-fit' })
  const arrivals = drawArrivals(table, {
    mix: byPosition,
    load: 0.6,
    gpuCount,
    requests: 20_000,
    seed: 1,
  })
  const held = new Set<number>()
  for (const event of arrivals.events) {
    if (event < 0) {
      if (held.delete(~event)) fleet.release(`${~event}`)
      continue
    }
    const profile = geometry.profiles[arrivals.positions[event] ?? 0]?.name ?? ''
    if (fleet.place({ id: `${event}`, profile }).kind === 'placed') held.add(event)
  }
  const { observed } = fleet.snapshot()
  expect(observed.load).toBeGreaterThan(0.57)
  expect(observed.load).toBeLessThan(0.63)
  expect(observed.requests).toBe(20_000)
})
