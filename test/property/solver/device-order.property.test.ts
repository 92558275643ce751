import { describe, expect, test } from 'vitest'
import { deviceOrder, judgeOrder } from '../../../lib/solver.js'
import type { DeviceOrder, OrderQuestion } from '../../../types/solver/device-order.js'
import { loadHighs } from '../../support/highs.js'
import { distinctGpus, layoutOf, type NaiveGpu } from '../../support/naive-gpu.js'
import { arrivalsAt, longRunProgram, naiveLongRun } from '../../support/naive-long-run.js'
import {
  leastOfAllRules,
  leastRefused,
  type NaiveOrder,
  type NaiveQuestion,
  naiveFills,
  naiveHami,
  naiveSequences,
  spotsByProfile,
} from '../../support/naive-order.js'
import { seeded } from '../../support/random.js'

function asked({ gpu, weights, there, most }: NaiveQuestion): OrderQuestion {
  return {
    demand: gpu.geometry.profiles.map(({ id }, profile) => ({
      profileId: id,
      weight: weights[profile] ?? 0,
    })),
    layout: layoutOf(gpu, there),
    ...(most === Number.POSITIVE_INFINITY ? {} : { requests: most }),
  }
}

/** The answer's order as the oracle has it. */
function orderIn({ gpu }: NaiveQuestion, { placements }: DeviceOrder): NaiveOrder {
  return gpu.geometry.profiles.map(({ id }, profile) =>
    placements
      .filter(({ profileId }) => profileId === id)
      .map(({ start }) =>
        gpu.spots.findIndex((spot) => spot.profile === profile && spot.start === start),
      ),
  )
}

/** Small questions: few permutations, whatever the places that are left. */
function* drawSmall(gpu: NaiveGpu, count: number, seed: number): Generator<NaiveQuestion> {
  const below = seeded(seed)
  const least = gpu.spots.length > 20 ? 12 : 1
  for (let drawn = 0; drawn < count; ) {
    // A nearly empty GPU leaves the most to choose.
    const all = drawn % 2 === 0 ? gpu.sets.filter((set) => (set & (set - 1)) === 0) : gpu.sets
    const there = all[below(all.length)] ?? 0
    const weights = gpu.profiles.map(() => (below(2) === 0 ? 0 : 1 + below(20)))
    const most = below(3) === 0 ? 1 + below(4) : Number.POSITIVE_INFINITY
    const question = { gpu, weights, there, most }
    const orders = countOrders(question)
    if (weights.every((weight) => weight === 0) || orders > 300) continue
    if (drawn % 2 === 0 && orders < least) continue
    drawn += 1
    yield question
  }
}

function countOrders({ gpu, weights, there }: NaiveQuestion): number {
  const sets = new Set(gpu.sets)
  return gpu.profiles.reduce((product, _, profile) => {
    if ((weights[profile] ?? 0) === 0) return product
    const free = gpu.spots.filter(
      (spot, index) => spot.profile === profile && sets.has(there | (1 << index)),
    )
    return free.reduce((orders, __, index) => orders * (index + 1), product)
  }, 1)
}

// A search that never goes back from the best first decision misses the best of these 288 orders.
test.each([
  [0, 5, 4, 0, 0, 0, 7],
  [0, 17, 12, 0, 7, 0, 20],
])('on an empty A100-40GB, no permutation refuses less for the weights %s', (...weights) => {
  const gpu = distinctGpus.find(({ key }) => key === 'a100-40gb')
  if (gpu === undefined) throw new Error('no A100-40GB')
  const question = { gpu, weights, there: 0, most: Number.POSITIVE_INFINITY }
  const { fills, proven } = deviceOrder(gpu.geometry, asked(question))
  expect(fills.refused.order).toBeCloseTo(leastRefused(question), 9)
  expect(proven).toBe(true)
})

describe.each(distinctGpus)('orders of $key', (gpu) => {
  test('no order refuses less than that of deviceOrder, among all permutations from random layouts', () => {
    for (const question of drawSmall(gpu, 10, 7)) {
      const answer = deviceOrder(gpu.geometry, asked(question))
      expect(answer.proven).toBe(true)
      const { requests, refused } = naiveFills(question, orderIn(question, answer))
      expect(answer.fills.requests).toBeCloseTo(requests, 9)
      expect(answer.fills.refused.order).toBeCloseTo(refused, 9)
      expect(refused).toBeCloseTo(leastRefused(question), 9)
    }
  })

  test('the figures of lowest start, of HAMi and of the best rule are those of a walk through all sequences', () => {
    for (const question of drawSmall(gpu, 6, 12)) {
      const { fills, sequences } = deviceOrder(gpu.geometry, asked(question))
      const lowest = spotsByProfile(question)
      const hami = naiveHami(question)
      expect(fills.refused.lowestStart).toBeCloseTo(naiveFills(question, lowest).refused, 9)
      expect(fills.refused.hami).toBeCloseTo(naiveFills(question, hami).refused, 9)
      expect(fills.refused.bound).toBeCloseTo(leastOfAllRules(question), 9)
      const counted = naiveSequences(question, lowest)
      expect(sequences.map(({ fitting, lowestStart }) => [fitting, lowestStart])).toEqual(
        counted.map(({ fitting, refused }) => [fitting, refused]),
      )
      expect(sequences.map((each) => each.hami)).toEqual(
        naiveSequences(question, hami).map(({ refused }) => refused),
      )
    }
  })

  test('every order has each placement once, and judgeOrder gives it the figures that deviceOrder gave', () => {
    for (const question of drawSmall(gpu, 6, 13)) {
      const options = asked(question)
      const { placements, proven, ...figures } = deviceOrder(gpu.geometry, options)
      expect(judgeOrder(gpu.geometry, placements, options)).toEqual(figures)
      const named = placements.map(({ profile, profileId, start }) => {
        expect(gpu.geometry.profiles.find(({ id }) => id === profileId)?.name).toBe(profile)
        return `${profile} ${start}`
      })
      const all = gpu.spots.map(
        ({ profile, start }) => `${gpu.geometry.profiles[profile]?.name} ${start}`,
      )
      expect(named.toSorted()).toEqual(all.toSorted())
    }
  })
})

/** Few profiles, so that their layouts are few. */
function* drawTraffic(gpu: NaiveGpu, count: number, seed: number) {
  const below = seeded(seed)
  for (let drawn = 0; drawn < count; ) {
    const weights = gpu.profiles.map(() => (below(3) > 0 ? 0 : 1 + below(20)))
    const wanted = gpu.profiles.map((_, profile) => (weights[profile] ?? 0) > 0)
    const sets = gpu.sets.filter((set) =>
      gpu.spots.every((spot, index) => (set & (1 << index)) === 0 || wanted[spot.profile]),
    )
    if (sets.length < 2 || sets.length > 50) continue
    drawn += 1
    const load = (20 + below(200)) / 100
    yield { question: { gpu, weights, there: 0, most: Number.POSITIVE_INFINITY }, load }
  }
}

describe.each(distinctGpus)('the long run of $key', (gpu) => {
  test('the shares of all orders solve the balance of all layouts', () => {
    for (const { question, load } of drawTraffic(gpu, 5, 17)) {
      const answer = deviceOrder(gpu.geometry, { ...asked(question), load })
      const traffic = { gpu, arrivals: arrivalsAt(gpu, question.weights, load) }
      const shares = [orderIn(question, answer), spotsByProfile(question), naiveHami(question)].map(
        (order) => naiveLongRun(traffic, order),
      )
      const { order = 0, lowestStart = 0, hami = 0 } = answer.longRun?.refused ?? {}
      for (const [index, share] of [order, lowestStart, hami].entries()) {
        expect(share).toBeCloseTo(shares[index] ?? 0, 7)
      }
    }
  })

  test('the bound is the optimum of the linear program of all rules, by HiGHS', async () => {
    const highs = await loadHighs()
    for (const { question, load } of drawTraffic(gpu, 5, 19)) {
      const { longRun } = deviceOrder(gpu.geometry, { ...asked(question), load })
      const program = longRunProgram({ gpu, arrivals: arrivalsAt(gpu, question.weights, load) })
      const { Status, ObjectiveValue } = highs.solve(program)
      expect(Status).toBe('Optimal')
      expect(longRun?.refused.bound).toBeCloseTo(ObjectiveValue, 6)
    }
  })

  test('among equal orders, and with long-run among all, no single move of a place refuses less', () => {
    for (const { question, load } of drawTraffic(gpu, 3, 23)) {
      const fills = deviceOrder(gpu.geometry, { ...asked(question), load })
      const best = deviceOrder(gpu.geometry, { ...asked(question), load, minimise: 'long-run' })
      const [share = 0, least = 0] = [fills, best].map(({ longRun }) => longRun?.refused.order)
      expect(least).toBeLessThanOrEqual(share + 1e-9)
      expect(best.proven).toBe(false)
      const traffic = { gpu, arrivals: arrivalsAt(gpu, question.weights, load) }
      for (const tried of listMoves(orderIn(question, best))) {
        expect(naiveLongRun(traffic, tried)).toBeGreaterThan(least - 1e-7)
      }
      for (const tried of listMoves(orderIn(question, fills))) {
        if (naiveFills(question, tried).refused > fills.fills.refused.order + 1e-9) continue
        expect(naiveLongRun(traffic, tried)).toBeGreaterThan(share - 1e-7)
      }
    }
  })
})

/** Every order with one place elsewhere in its list. */
function listMoves(order: NaiveOrder): readonly NaiveOrder[] {
  return order.flatMap((spots, profile) =>
    spots.flatMap((spot, from) =>
      spots.map((_, to) => order.with(profile, spots.toSpliced(from, 1).toSpliced(to, 0, spot))),
    ),
  )
}
