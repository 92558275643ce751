import { describe, expect, test } from 'vitest'
import { repartition } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { Layout, Partition } from '../../../types/solver/layout.js'
import type { Repartition } from '../../../types/solver/repartition.js'
import {
  countAddable,
  countDevices,
  keptComputeInstances,
  keptGpuInstances,
} from '../../support/brute-force.js'
import { geometryOf, withProfiles } from '../../support/geometry.js'
import { naiveCost } from '../../support/naive-cost.js'
import { naiveLive } from '../../support/naive-live.js'
import { arbitraryProblem, type Problem } from '../../support/problems.js'
import fc from '../../support/property.js'
import { runRepartitionStep, showLayout } from '../../support/run-steps.js'

const small: readonly [string, Geometry, number][] = [
  [
    'a30-24gb without media',
    withProfiles(geometryOf('a30-24gb'), ({ name }) => !/me/.test(name)),
    150,
  ],
  ['rtx-pro-4500-blackwell', geometryOf('rtx-pro-4500-blackwell'), 60],
  [
    'a100-40gb, 2g and 3g',
    withProfiles(geometryOf('a100-40gb'), ({ name }) => /^[23]g/.test(name)),
    60,
  ],
]

const all: readonly [string, Geometry, number][] = [
  ['a30-24gb', geometryOf('a30-24gb'), 300],
  ['a100-40gb', geometryOf('a100-40gb'), 150],
  ['rtx-pro-6000-blackwell', geometryOf('rtx-pro-6000-blackwell'), 100],
]

/** Every fourth instance is busy. */
function arbitraryBusyProblem(geometry: Geometry): fc.Arbitrary<Problem> {
  const busy = fc.array(fc.nat(3), { minLength: 12, maxLength: 12 })
  return fc.tuple(arbitraryProblem(geometry, 0), busy).map(([{ current, wanted }, dice]) => ({
    current: current.map((instance, index) =>
      dice[index] === 0 && instance.computeInstances.length > 0
        ? { ...instance, busy: true }
        : instance,
    ),
    wanted,
  }))
}

function solveLive(gpu: Geometry, { current, wanted }: Problem): Repartition | null {
  const result = repartition({ gpu, current, wanted, live: true })
  return result.kind === 'infeasible' ? null : result
}

/** Devices of each size, of which no fewer may be there than both before and after. */
function lowest(current: Layout, wanted: Partition): Map<string, number> {
  const there = countDevices(devicesOf(current))
  return new Map(
    [...countDevices(wanted)].map(([key, count]) => [key, Math.min(count, there.get(key) ?? 0)]),
  )
}

function devicesOf(layout: Layout): Partition {
  return layout.flatMap(({ profileId, computeInstances }) =>
    computeInstances.map(({ sliceCount }) => ({ profileId, sliceCount, count: 1 })),
  )
}

/** What is kept counts first, then how few GPU instances change, then the room. */
function scoreOf(geometry: Geometry, current: Layout, target: Layout): number {
  const kept = keptGpuInstances(target, current)
  const changes = target.length + current.length - 2 * kept
  return (
    keptComputeInstances(target, current) * 1e9 +
    kept * 1e7 +
    (99 - changes) * 1e5 +
    countAddable(geometry, target)
  )
}

describe.each(small)('on %s', (_name, geometry, numRuns) => {
  test('a live order has the fewest stops, loses the fewest busy devices, moves the fewest, and reaches the best such target', () => {
    fc.assert(
      fc.property(arbitraryBusyProblem(geometry), (problem) => {
        const result = solveLive(geometry, problem)
        const best = naiveLive(geometry, problem.current, problem.wanted)
        if (result === null || result.live === null) {
          expect(best).toBeNull()
          return
        }
        const created = result.steps.filter(({ kind }) => kind === 'create-compute-instance')
        expect(result.live.proven).toBe(true)
        expect([result.live.stops.length, created.length]).toEqual([best?.cost[0], best?.cost[2]])
        expect(result.lostBusy.flatMap((each) => each.computeInstances)).toHaveLength(
          best?.cost[1] ?? 0,
        )
        const scores = best?.targets.map((target) => scoreOf(geometry, problem.current, target))
        expect(scoreOf(geometry, problem.current, result.layout)).toBe(Math.max(...(scores ?? [])))
      }),
      { numRuns },
    )
  })
})

describe.each(all)('on %s', (_name, geometry, numRuns) => {
  test('every step of a live order is legal, and makes before it breaks except at stops', () => {
    fc.assert(
      fc.property(arbitraryBusyProblem(geometry), ({ current, wanted }) => {
        const result = solveLive(geometry, { current, wanted })
        if (result === null) return
        const floor = lowest(current, wanted)
        let layout = current
        let counts = countDevices(devicesOf(current))
        const stops: number[] = []
        for (const [index, step] of result.steps.entries()) {
          layout = runRepartitionStep(geometry, layout, step)
          const after = countDevices(devicesOf(layout))
          for (const [key, least] of floor) {
            const [was, is] = [counts.get(key) ?? 0, after.get(key) ?? 0]
            if (is < least && is < was) stops.push(index)
          }
          counts = after
        }
        expect(showLayout(layout)).toEqual(showLayout(result.layout))
        expect(counts).toEqual(countDevices(wanted))
        expect(result.live?.stops.map(({ step }) => step)).toEqual(stops)
        expect(result.live?.kind).toBe(stops.length === 0 ? 'live' : 'stops')
      }),
      { numRuns },
    )
  })

  test('of each size, as many devices go for good and come as new as the counts differ by; all others move', () => {
    fc.assert(
      fc.property(arbitraryBusyProblem(geometry), ({ current, wanted }) => {
        const result = solveLive(geometry, { current, wanted })
        if (result === null) return
        const before = countDevices(devicesOf(current))
        const after = countDevices(wanted)
        const sizes = new Set([...before.keys(), ...after.keys()])
        const [gone, come] = [new Map<string, number>(), new Map<string, number>()]
        for (const step of result.steps) {
          if (!('computeInstance' in step) || step.reason.kind === 'moved') continue
          const counts = step.kind === 'create-compute-instance' ? come : gone
          const key = `${step.gpuInstance.profileId}:${step.computeInstance.sliceCount}`
          counts.set(key, (counts.get(key) ?? 0) + 1)
        }
        for (const size of sizes) {
          const more = (after.get(size) ?? 0) - (before.get(size) ?? 0)
          expect([gone.get(size) ?? 0, come.get(size) ?? 0]).toEqual([
            Math.max(0, -more),
            Math.max(0, more),
          ])
        }
      }),
      { numRuns },
    )
  })
})

describe('with costs of changes', () => {
  const geometry = withProfiles(geometryOf('a30-24gb'), ({ name }) => !/me/.test(name))
  const cost = fc.nat(5)
  const prices = fc.tuple(
    ...geometry.profiles.map(({ id }) =>
      fc.record({ profileId: fc.constant(id), create: cost, destroy: cost, move: cost }),
    ),
  )

  test('a live order costs what its instances cost, and reaches the cheapest of the targets that keep as much', () => {
    fc.assert(
      fc.property(arbitraryBusyProblem(geometry), prices, ({ current, wanted }, profiles) => {
        const costs = { profiles }
        const result = repartition({ gpu: geometry, current, wanted, costs, live: true })
        if (result.kind === 'infeasible') return
        const costOf = (target: Layout): number => naiveCost(geometry, current, target, costs)
        expect(result.cost).toBe(costOf(result.layout))
        const scoreOfTarget = (target: Layout): number =>
          keptComputeInstances(target, current) * 1e6 +
          keptGpuInstances(target, current) * 1e3 -
          costOf(target)
        const { targets = [] } = naiveLive(geometry, current, wanted) ?? {}
        expect(scoreOfTarget(result.layout)).toBe(Math.max(...targets.map(scoreOfTarget)))
      }),
      { numRuns: 120 },
    )
  })
})
