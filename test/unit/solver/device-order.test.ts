import { describe, expect, test } from 'vitest'
import { createFillGraph } from '../../../lib/solver/order/fill-graph.js'
import { hamiOrder, lowestStart } from '../../../lib/solver/order/known-orders.js'
import { nothingKnown } from '../../../lib/solver/order/precedence.js'
import { searchOrder } from '../../../lib/solver/order/search-order.js'
import { compileGeometry } from '../../../lib/solver/tables/tables.js'
import { deviceOrder, judgeOrder } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type {
  DeviceOrder,
  DeviceOrderOptions,
  RefusedSequences,
} from '../../../types/solver/device-order.js'
import type { Layout } from '../../../types/solver/layout.js'
import { geometryOf, profileIdOf, withProfiles } from '../../support/geometry.js'
import { inventGpu } from '../../support/invented-gpu.js'
import { futuresOf } from '../../support/naive-futures.js'
import { distinctGpus, layoutOf, type NaiveGpu } from '../../support/naive-gpu.js'
import { canHold, fittingProfiles, leastOfAllRules } from '../../support/naive-order.js'

const a100 = geometryOf('a100-40gb')

function startsOf({ placements }: DeviceOrder, name: string): readonly number[] {
  return placements.flatMap(({ profile, start }) => (profile === name ? [start] : []))
}

/** The sequences of two requests up to `most`, as sums. */
function upTo(sequences: readonly RefusedSequences[], most: number) {
  const counted = sequences.filter(({ requests }) => requests >= 2 && requests <= most)
  const sum = (name: keyof RefusedSequences): number =>
    counted.reduce((total, each) => total + each[name], 0)
  return {
    fitting: sum('fitting'),
    order: sum('order'),
    lowestStart: sum('lowestStart'),
    hami: sum('hami'),
  }
}

describe('on an empty A100-40GB', () => {
  test('the upper 3g.20gb is listed first, so that a 4g.20gb still has its only place', () => {
    const answer = deviceOrder(a100)
    expect(startsOf(answer, '3g.20gb')).toEqual([4, 0])
    expect(startsOf(answer, '4g.20gb')).toEqual([0])
  })

  // Counted with the scheduler's own allocator: 40 of 175 in the order of names.
  test('of the 175 sequences of two or three requests, the order of names refuses 40, that for three requests 2', () => {
    const { sequences, proven } = deviceOrder(a100, { requests: 3 })
    expect(upTo(sequences, 3)).toEqual({ fitting: 175, order: 2, lowestStart: 40, hami: 16 })
    expect(proven).toBe(true)
  })

  test('of the 503 sequences of up to four requests, the order of names refuses 125, that of HAMi 82, ours 41', () => {
    expect(upTo(deviceOrder(a100).sequences, 4)).toEqual({
      fitting: 503,
      order: 41,
      lowestStart: 125,
      hami: 82,
    })
  })

  test.each([
    [3, 2],
    [4, 41],
  ])('no order refuses less of the sequences of up to %i requests than %i', (most, refused) => {
    const tables = compileGeometry(a100)
    const weights = tables.profiles.map(() => 1)
    const start = { state: 0, partition: 0 }
    const graph = createFillGraph({ tables, start, weights, most })
    // With a chance of 1 for each request, what is served is the number of sequences that are placed.
    graph.chances.set(graph.chances.map((chance) => Number(chance > 0)))
    const known = [lowestStart(tables), hamiOrder(tables)] as const
    const { served, proven } = searchOrder(tables, graph, nothingKnown(graph), [...known])
    const fitting = deviceOrder(a100, { requests: most }).sequences.reduce(
      (sum, each) => sum + each.fitting,
      0,
    )
    expect(fitting - served).toBeCloseTo(refused, 9)
    expect(proven).toBe(true)
  })

  test('a demand without 4g and 7g lists the lower places first where that serves more', () => {
    const weights = { '1g.5gb': 42, '1g.5gb+me': 77, '2g.10gb': 67, '1g.10gb': 47, '3g.20gb': 81 }
    const demand = Object.entries(weights).map(([name, weight]) => ({
      profileId: profileIdOf(a100, name),
      weight,
    }))
    const { fills, proven } = deviceOrder(a100, { demand })
    expect(proven).toBe(true)
    expect(fills.refused.order).toBeLessThan(fills.refused.lowestStart)
    const all = deviceOrder(a100)
    const other = judgeOrder(a100, all.placements, { demand })
    expect(fills.refused.order).toBeLessThanOrEqual(other.fills.refused.order)
  })

  test('equal weights are the same as none, whatever their size', () => {
    const demand = a100.profiles.map(({ id }) => ({ profileId: id, weight: 5 }))
    expect(deviceOrder(a100, { demand }).placements).toEqual(deviceOrder(a100).placements)
    expect(deviceOrder(a100, { demand: [] })).toEqual(deviceOrder(a100))
  })

  test('the smallest profiles come first, so that a request which several serve gets the smallest', () => {
    const names = [...new Set(deviceOrder(a100).placements.map(({ profile }) => profile))]
    expect(names).toEqual([
      '1g.5gb',
      '1g.5gb+me',
      '1g.10gb',
      '2g.10gb',
      '3g.20gb',
      '4g.20gb',
      '7g.40gb',
    ])
  })
})

describe('for a layout', () => {
  const at = (name: string, start: number): Layout => {
    const profile = a100.profiles.find((each) => each.name === name)
    const placement = profile?.placements.find((each) => each.start === start)
    if (profile === undefined || placement === undefined) throw new Error(`no ${name} at ${start}`)
    return [{ profileId: profile.id, placement, computeInstances: [] }]
  }

  // With a 1g at 0, the 4g has no place left: the 3g goes there no more than anywhere else.
  test('the places that keep most for later come first, and differ from those of the empty GPU', () => {
    const layout = at('1g.5gb', 0)
    const answer = deviceOrder(a100, { layout })
    expect(startsOf(answer, '2g.10gb')[0]).toBe(2)
    expect(startsOf(deviceOrder(a100), '2g.10gb')[0]).toBe(4)
    const left = judgeOrder(a100, deviceOrder(a100).placements, { layout })
    expect(answer.fills.refused.order).toBeLessThanOrEqual(left.fills.refused.order)
  })

  test('what the layout itself keeps out is refused by the best rule, too', () => {
    const { refused } = deviceOrder(a100, { layout: at('2g.10gb', 2) }).fills
    expect(refused.bound).toBeGreaterThan(0)
    expect(refused.order).toBeGreaterThanOrEqual(refused.bound)
  })

  test('a full GPU has an order without figures', () => {
    const { fills, sequences } = deviceOrder(a100, { layout: at('7g.40gb', 0) })
    expect(fills).toEqual({
      requests: 0,
      refused: { order: 0, lowestStart: 0, hami: 0, bound: 0 },
    })
    expect(sequences).toEqual([])
  })
})

/** Few layouts, and on the A100 a best rule that no fixed order follows. */
const followed = distinctGpus.flatMap((gpu) => {
  const small = ['2g.10gb', '3g.20gb', '1g.5gb+me']
  const isWanted = (name: string): boolean => gpu.key !== 'a100-40gb' || small.includes(name)
  const weights = gpu.geometry.profiles.map(({ name }, profile) =>
    !isWanted(name) ? 0 : gpu.key === 'a100-40gb' ? 1 : 1 + ((profile * 7) % 5),
  )
  return gpu.sets.length < 100 || gpu.key === 'a100-40gb' ? [{ key: gpu.key, gpu, weights }] : []
})

test.each(followed)(
  'on $key, the first places of each republished order, followed from request to request, are those of the best rule',
  ({ gpu, weights }) => {
    const question = { gpu, weights, there: 0, most: Number.POSITIVE_INFINITY }
    const { requests, refused } = deviceOrder(gpu.geometry, optionsFor(gpu, weights, 0)).fills
    const served = serveRepublished(gpu, weights, 0)
    expect(1 - served / requests).toBeCloseTo(refused.bound, 9)
    expect(refused.bound).toBeCloseTo(leastOfAllRules(question), 9)
    if (gpu.key === 'a100-40gb') expect(refused.order).toBeGreaterThan(refused.bound + 0.01)
  },
)

function optionsFor(gpu: NaiveGpu, weights: readonly number[], set: number): DeviceOrderOptions {
  const demand = gpu.geometry.profiles.map(({ id }, profile) => ({
    profileId: id,
    weight: weights[profile] ?? 0,
  }))
  return { demand, layout: layoutOf(gpu, set), republished: true }
}

/** How many requests are placed if each meets the order for the layout that it finds. */
function serveRepublished(gpu: NaiveGpu, weights: readonly number[], set: number): number {
  const question = { gpu, weights, there: set, most: Number.POSITIVE_INFINITY }
  const fitting = fittingProfiles(
    question,
    futuresOf(gpu),
    gpu.profiles.map(() => 0),
  )
  const total = fitting.reduce((sum, profile) => sum + (weights[profile] ?? 0), 0)
  if (total === 0) return 0
  const { placements } = deviceOrder(gpu.geometry, optionsFor(gpu, weights, set))
  return fitting.reduce((sum, profile) => {
    const first = placements
      .filter(({ profileId }) => profileId === gpu.geometry.profiles[profile]?.id)
      .map(({ start }) => gpu.spots.findIndex((s) => s.profile === profile && s.start === start))
      .find((spot) => canHold(gpu, set, spot))
    if (first === undefined) return sum
    const share = (weights[profile] ?? 0) / total
    return sum + share * (1 + serveRepublished(gpu, weights, set | (1 << first)))
  }, 0)
}

test('a GPU without known placements has an empty order', () => {
  const { placements, fills, longRun, proven } = deviceOrder(geometryOf('h20-nvl16'))
  expect(placements).toEqual([])
  expect(fills.requests).toBe(0)
  expect(longRun?.refused).toEqual({ order: 0, lowestStart: 0, hami: 0, bound: 0 })
  expect(proven).toBe(true)
})

describe('GPUs that no catalog has', () => {
  test.each([
    ['too many states', inventGpu(16, [1, 2, 3, 1, 4, 5, 6, 7, 8, 10, 12, 16], { single: 3 })],
    ['a profile with more placements than a word has bits', inventGpu(32, [1], { single: 0 })],
  ])('a GPU with %s is MIG_SOLVER_LIMIT', (_, geometry) => {
    const limit = expect.objectContaining({ code: 'MIG_SOLVER_LIMIT' })
    expect(() => deviceOrder(geometry)).toThrow(limit)
    expect(() => judgeOrder(geometry, listAll(geometry))).toThrow(limit)
  })

  test('instances of two sizes at any start of six units are ordered so that nothing is refused, with proof', () => {
    const geometry = inventGpu(6, [1, 3])
    const { placements, proven, fills } = deviceOrder(geometry)
    expect(proven).toBe(true)
    expect(placements).toHaveLength(10)
    // Each size divides the GPU, so nothing is refused while it fills up, not even by rounding.
    expect(fills.refused).toEqual({ order: 0, lowestStart: 0, hami: 0, bound: 0 })
    expect(judgeOrder(geometry, listAll(geometry)).fills.refused.order).toBe(
      fills.refused.lowestStart,
    )
  })
})

function listAll({ profiles }: Geometry) {
  return profiles.flatMap(({ name, placements }) =>
    placements.map(({ start }) => ({ profile: name, start })),
  )
}

test('the answer is computed once, and nobody can change it', () => {
  const answer = deviceOrder(a100, { load: 1 })
  expect(deviceOrder(geometryOf('a100-40gb'), { load: 1 })).toBe(answer)
  expect(Object.isFrozen(answer.placements)).toBe(true)
  expect(Object.isFrozen(answer.fills.refused)).toBe(true)
})

describe('wrong arguments', () => {
  test.each([
    [{ loads: [1] }, 'deviceOrder has no option loads: did you mean load?'],
    [{ demand: 'all' }, 'deviceOrder: option demand must be a list, not "all"'],
    [{ requests: 0 }, 'deviceOrder: option requests must be a whole number from 1, not 0'],
    [{ load: 0 }, 'deviceOrder: option load must be a number from 0.01 to 100, not 0'],
    [{ load: Number.NaN }, 'deviceOrder: option load must be a number from 0.01 to 100, not NaN'],
    [
      { minimise: 'both' },
      "deviceOrder: option minimise must be 'fills' or 'long-run', not \"both\"",
    ],
    [
      { minimise: 'long-run', republished: true },
      "deviceOrder: an order of 'long-run' is not republished",
    ],
  ])('the options %j are a TypeError', (options, message) => {
    expect(() => deviceOrder(a100, options as never)).toThrow(new TypeError(message))
  })

  test.each([
    { demand: [{ profileId: 99, weight: 1 }] },
    { demand: [{ profileId: 19, weight: -1 }] },
    { layout: [{ profileId: 19, placement: { start: 7, size: 1 }, computeInstances: [] }] },
  ])('the demand and layout %j are MIG_SOLVER_INPUT', (options) => {
    expect(() => deviceOrder(a100, options)).toThrow(
      expect.objectContaining({ code: 'MIG_SOLVER_INPUT' }),
    )
  })

  test('a geometry that no driver reports is MIG_GEOMETRY_UNKNOWN', () => {
    expect(() => deviceOrder(null as never)).toThrow(
      expect.objectContaining({ code: 'MIG_GEOMETRY_UNKNOWN' }),
    )
  })

  const small = withProfiles(a100, ({ name }) => name === '3g.20gb' || name === '4g.20gb')
  test.each([
    [[{ profile: '3g.20gb', start: 4 }], '3g.20gb at 0 is missing'],
    [
      [{ profile: '2g.10gb', start: 4 }],
      '2g.10gb at 4 is no placement of this GPU, or is there twice',
    ],
    [
      [
        { profile: '3g.20gb', start: 4 },
        { profile: '3g.20gb', start: 4 },
      ],
      '3g.20gb at 4 is no placement of this GPU, or is there twice',
    ],
    [[{ profile: '3g.20gb' }], '[0].start is undefined, not a whole number from 0'],
    ['3g', 'is "3g", not a list'],
  ])('judgeOrder refuses the order %j', (order, why) => {
    expect(() => judgeOrder(small, order as never)).toThrow(
      expect.objectContaining({
        code: 'MIG_SOLVER_INPUT',
        message: `An order has each placement of the GPU once: ${why}.`,
      }),
    )
  })
})
