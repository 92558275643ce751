import { describe, expect, test } from 'vitest'
import { layoutTableOf } from '../../../lib/fleet/layouts/layout-table.js'
import { rankLayouts } from '../../../lib/fleet/layouts/ranking.js'
import { arrivalRates, drawArrivals } from '../../../lib/fleet/policy/arrival-trace.js'
import { bestFitScore } from '../../../lib/fleet/policy/policy-scores.js'
import { createRandom } from '../../../lib/fleet/policy/random.js'
import { memoryAcceptance, replay } from '../../../lib/fleet/policy/replay.js'
import { compileGeometry } from '../../../lib/solver/tables/tables.js'
import { geometryOf } from '../../support/geometry.js'

const geometry = {
  profiles: geometryOf('a100-40gb').profiles.filter(({ name }) => !name.includes('+me')),
}
const table = layoutTableOf(compileGeometry(geometry))
const ranking = rankLayouts(table, bestFitScore(table))
const weights: Readonly<Record<string, number>> = { '1g.5gb': 6, '3g.20gb': 3, '7g.40gb': 1 }
const mix = geometry.profiles.map(({ name }) => weights[name] ?? 0)
const names = geometry.profiles.map(({ name }) => name)
const draw = (seed: number, requests: number, load = 0.5, gpuCount = 20) =>
  drawArrivals(table, { mix, load, gpuCount, requests, seed })

describe('random numbers of a seed', () => {
  test('are those of splitmix32, as published', () => {
    // The reference: 32-bit sums and products, at https://github.com/bryc/code/blob/master/jshash/PRNGs.md.
    function reference(seed: number): () => number {
      let a = seed
      return () => {
        a |= 0
        a = (a + 0x9e3779b9) | 0
        let t = a ^ (a >>> 16)
        t = Math.imul(t, 0x21f0aaad)
        t = t ^ (t >>> 15)
        t = Math.imul(t, 0x735a2d97)
        return (t ^ (t >>> 15)) >>> 0
      }
    }
    for (const seed of [0, 1, 2 ** 31, 123_456_789_012]) {
      const [ours, theirs] = [createRandom(seed), reference(seed)]
      for (let index = 0; index < 100; index++) expect(ours.word()).toBe(theirs())
    }
  })

  test('below a limit are whole, reach both ends, and are equally likely', () => {
    const { below } = createRandom(5)
    const counts = Array.from({ length: 10 }, () => 0)
    for (let index = 0; index < 20_000; index++) {
      const value = below(10)
      counts[value] = (counts[value] ?? Number.NaN) + 1
    }
    // Five standard deviations of 2000 each.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(1800))
  })

  test('from the exponential distribution are the logarithms of the words', () => {
    const [words, { exponential }] = [createRandom(9), createRandom(9)]
    for (let index = 0; index < 20_000; index++)
      expect(exponential()).toBeCloseTo(-Math.log((words.word() + 0.5) / 2 ** 32), 9)
  })
})

describe('arrivals that are drawn', () => {
  test('come one after the other, and each leaves at most once, after it came', () => {
    const { positions, events } = draw(3, 2000)
    const present = new Set<number>()
    const gone = new Set<number>()
    let next = 0
    for (const event of events) {
      if (event >= 0) {
        expect(event).toBe(next++)
        present.add(event)
      } else {
        expect(present.delete(~event)).toBe(true)
        gone.add(~event)
      }
    }
    expect(next).toBe(2000)
    expect(positions).toHaveLength(2000)
    // Most have left by the end; those that came last are still there.
    expect(gone.size).toBeGreaterThan(1800)
    expect(present.size + gone.size).toBe(2000)
  })

  test('leave in no order of their coming: a stay is exponential', () => {
    const { events } = draw(3, 5000)
    const leaving = [...events].filter((event) => event < 0).map((event) => ~event)
    const behind = leaving.filter(
      (request, index) => request < Math.max(...leaving.slice(Math.max(0, index - 50), index), -1),
    )
    // Either one of two exponential stays is the longer one as often as the other.
    expect(behind.length).toBeGreaterThan(leaving.length / 3)
  })

  test('ask for the profiles of the mix by their shares, and for no other', () => {
    const { positions } = draw(4, 20_000)
    const share = (name: string): number =>
      positions.filter((position) => names[position] === name).length / positions.length
    expect(share('1g.5gb')).toBeCloseTo(0.6, 1)
    expect(share('3g.20gb')).toBeCloseTo(0.3, 1)
    expect(share('7g.40gb')).toBeCloseTo(0.1, 1)
    expect(share('2g.10gb')).toBe(0)
  })

  test('hold as much memory on average as the load says', () => {
    const [gpuCount, load] = [20, 0.5]
    const units = geometry.profiles.map(({ placements }) => placements[0]?.size ?? 0)
    const { positions, events } = draw(6, 40_000, load, gpuCount)
    let [held, sum, seen] = [0, 0, 0]
    for (const event of events) {
      const size = units[positions[event < 0 ? ~event : event] ?? 0] ?? 0
      held += event < 0 ? -size : size
      if (event < 5000) continue
      sum += held
      seen += 1
    }
    expect(sum / seen / (8 * gpuCount)).toBeCloseTo(load, 1)
    const rates = arrivalRates(table, { mix, load, gpuCount })
    const demanded = rates.reduce(
      (total, rate, position) => total + rate * (units[position] ?? 0),
      0,
    )
    expect(demanded).toBeCloseTo(load * 8 * gpuCount, 6)
    expect(
      (rates[names.indexOf('1g.5gb')] ?? 0) / (rates[names.indexOf('3g.20gb')] ?? 1),
    ).toBeCloseTo(2)
  })
})

describe('a replay of arrivals', () => {
  test('gives each request a place while there is room, counts without the first tenth, and reports where each went', () => {
    const trace = draw(8, 1000, 0.01, 50)
    const seen: number[] = []
    const counts = replay(table, 50, trace, ranking, {
      see(position, layout) {
        expect(layout).toBeGreaterThanOrEqual(0)
        seen.push(position)
      },
    })
    expect(seen).toEqual([...trace.positions.subarray(100)])
    const asked = names.map((_, position) => seen.filter((each) => each === position).length)
    expect([...counts.asked]).toEqual(asked)
    expect([...counts.given]).toEqual(asked)
    expect(memoryAcceptance(table, counts)).toBe(1e6)
  })

  test('loses a request without room, whose end frees nothing', () => {
    const whole = names.indexOf('7g.40gb')
    const positions = Uint8Array.from({ length: 10 }, () => whole)
    // The first of each five has the one GPU; the others come meanwhile, and two of them leave before it does.
    const events = Int32Array.from([0, 1, 2, ~1, ~2, 3, 4, ~0, 5, 6, ~6, 7, ~5, 8, ~3, 9])
    const lost: number[] = []
    let request = 0
    const counts = replay(table, 1, { positions, events }, ranking, {
      // The first tenth, which is the first request, is not reported.
      see(_, layout) {
        request += 1
        if (layout < 0) lost.push(request)
      },
    })
    expect(lost).toEqual([1, 2, 3, 4, 6, 7, 9])
    expect([counts.asked[whole], counts.given[whole]]).toEqual([9, 2])
    expect(memoryAcceptance(table, counts)).toBe(Math.round((2 * 1e6) / 9))
  })

  test('of nothing has lost nothing', () => {
    const none = { asked: new Float64Array(names.length), given: new Float64Array(names.length) }
    expect(memoryAcceptance(table, none)).toBe(1e6)
  })

  test('weighs what was given by its memory', () => {
    const counts = { asked: new Float64Array(names.length), given: new Float64Array(names.length) }
    counts.asked[names.indexOf('7g.40gb')] = 1
    counts.asked[names.indexOf('1g.5gb')] = 8
    counts.given[names.indexOf('1g.5gb')] = 4
    expect(memoryAcceptance(table, counts)).toBe(250_000)
  })
})
