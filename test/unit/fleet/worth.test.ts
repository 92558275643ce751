import { describe, expect, test } from 'vitest'
import { layoutTableOf } from '../../../lib/fleet/layouts/layout-table.js'
import { isolatedWorth, meanByState } from '../../../lib/fleet/policy/isolated-worth.js'
import { improveShared } from '../../../lib/fleet/policy/shared-worth.js'
import { compileGeometry } from '../../../lib/solver/tables/tables.js'
import { geometryOf } from '../../support/geometry.js'

const tableOf = (...names: readonly string[]) => {
  const profiles = geometryOf('a100-40gb').profiles.filter(({ name }) => names.includes(name))
  return { table: layoutTableOf(compileGeometry({ profiles })), profiles }
}

// A GPU that has one profile, the whole GPU, is empty or full. Requests come at a rate, an instance leaves at the rate 1, and a
// granted request earns its 8 memory units. In the long run the GPU grants g a time: g = rate * (8 + w) while it is empty, and
// g = -w while it is full, where w is the worth of the full GPU. So w = -8 * rate / (1 + rate).
const worthOfFull = (rate: number): number => (-8 * rate) / (1 + rate)
const whole = tableOf('7g.40gb')
const full = 1

describe('the worth of a layout to a GPU alone', () => {
  test.each([0.5, 1, 2, 5])(
    'is that of the closed form where there is one profile, at the pressure %d',
    (pressure) => {
      const worth = isolatedWorth(whole.table, [3], pressure)
      expect(worth).toHaveLength(2)
      expect(worth[0]).toBe(0)
      expect(worth[full]).toBeCloseTo(worthOfFull(pressure), 2)
    },
  )

  test.each([
    [{ '1g.5gb': 1, '3g.20gb': 1 }, 1],
    [{ '1g.5gb': 6, '2g.10gb': 3, '7g.40gb': 1 }, 3],
    [{ '1g.5gb': 0, '2g.10gb': 1, '4g.20gb': 2, '7g.40gb': 0 }, 2],
  ] as const)(
    'of the mix %j balances: from every layout, what is granted and what becomes of it are worth the same',
    (mix, pressure) => {
      const { table, profiles } = tableOf('1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb')
      const weights = profiles.map(
        ({ name }) => (mix as Readonly<Record<string, number>>)[name] ?? 0,
      )
      const sizes = profiles.map(({ placements }) => placements[0]?.size ?? 0)
      const demand = weights.reduce((sum, weight, index) => sum + weight * (sizes[index] ?? 0), 0)
      const worth = isolatedWorth(table, weights, pressure)
      const { count, placeCount, next, previous, tables } = table
      const gains = Array.from({ length: count }, (_, layout) => {
        const here = worth[layout] ?? Number.NaN
        let gain = 0
        for (const [index, { placements }] of tables.profiles.entries()) {
          const after = placements
            .map(({ number }) => next[layout * placeCount + number] ?? -1)
            .filter((each) => each >= 0)
            .map((each) => (sizes[index] ?? 0) + (worth[each] ?? Number.NaN) - here)
          const rate = ((weights[index] ?? 0) * pressure * 8) / demand
          if (after.length > 0 && rate > 0) gain += rate * Math.max(...after)
        }
        for (let place = 0; place < placeCount; place++) {
          const before = previous[layout * placeCount + place] ?? -1
          if (before >= 0) gain += (worth[before] ?? Number.NaN) - here
        }
        return gain
      })
      expect(Math.min(...gains)).toBeGreaterThan(0)
      // What is demanded is more than what can be granted.
      expect(Math.max(...gains)).toBeLessThan(8 * pressure)
      expect(Math.max(...gains) - Math.min(...gains)).toBeLessThan(0.05)
    },
  )

  test('as a mean is the same for all layouts of one state, and the mean of all is what it was', () => {
    const { table } = tableOf('1g.5gb', '2g.10gb', '3g.20gb')
    const worth = Float64Array.from({ length: table.count }, (_, layout) => layout ** 2)
    const means = meanByState(table, worth)
    const byState = new Map<number, number[]>()
    for (const [layout, state] of table.states.entries())
      byState.set(state, [...(byState.get(state) ?? []), layout])
    expect(Math.max(...[...byState.values()].map((layouts) => layouts.length))).toBeGreaterThan(1)
    for (const layouts of byState.values()) {
      const mean = layouts.reduce((sum, layout) => sum + layout ** 2, 0) / layouts.length
      for (const layout of layouts) expect(means[layout]).toBeCloseTo(mean, 6)
    }
  })
})

describe('the worth of a layout to a fleet', () => {
  // The first request has the one GPU for ever, and all others are lost: each costs the fleet its 8 units.
  const requests = 200
  const trace = {
    positions: new Uint8Array(requests),
    events: Int32Array.from({ length: requests }, (_, request) => request),
  }
  const improvedFrom = (start: number, load: number): number => {
    const problem = { table: whole.table, mix: [1], load, gpuCount: 1 }
    const improved = improveShared(problem, Float64Array.of(0, start), trace)
    expect(improved[0]).toBe(0)
    return improved[full] ?? Number.NaN
  }

  test.each([0.5, 1, 2])(
    'stays where it balances: at the load %d that is the closed form',
    (load) => {
      expect(improvedFrom(worthOfFull(load), load)).toBeCloseTo(worthOfFull(load), 1)
    },
  )

  test.each([0.5, 1, 2])(
    'moves a part of the way to it, from above and from below, at the load %d',
    (load) => {
      const target = worthOfFull(load)
      for (const start of [0, -7.9]) {
        const step = (improvedFrom(start, load) - start) / (target - start)
        expect(step).toBeGreaterThan(0.05)
        expect(step).toBeLessThan(0.5)
      }
    },
  )

  test('of requests that cost the fleet nothing is that of their departures: a full GPU is worth less by nothing', () => {
    // No request is counted but those of the first tenth.
    const quiet = { positions: new Uint8Array(10), events: Int32Array.of(0) }
    const problem = { table: whole.table, mix: [1], load: 1, gpuCount: 1 }
    const improved = improveShared(problem, Float64Array.of(0, -4), quiet)
    expect(improved[full]).toBeGreaterThan(-4)
    expect(improved[full]).toBeLessThan(0)
  })
})
