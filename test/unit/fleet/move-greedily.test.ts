import { describe, expect, test } from 'vitest'
import { drainGreedily, emptyGreedily } from '../../../lib/fleet/moves/compact/move-greedily.js'
import { groupSnapshot } from '../../../lib/fleet/moves/group-snapshot.js'
import type { GpuChange } from '../../../lib/fleet/moves/name-moves.js'
import { createBudget } from '../../../lib/fleet/program/budget.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import { countsOf, layoutOf, type NaiveGpu, naiveGpus, spotsOf } from '../../support/naive-gpu.js'
import { seeded } from '../../support/random.js'

// What moves where no solution of the linear program was found: simple rules, which have to be right all the same.

const naive = naiveGpus.find(({ key }) => key === 'a30-24gb') as NaiveGpu
const { sets } = naive
const profileOf = (id: number): number =>
  naive.geometry.profiles.findIndex((each) => each.id === id)

interface Drawn {
  readonly gpus: readonly FleetGpu[]
  /** By GPU, the set of spots, and those of them that stay. */
  readonly there: readonly number[]
  readonly staying: readonly number[]
}

/** Some GPUs with whatever there is room for on them; some instances are pinned. */
function drawFleet(draw: (below: number) => number, pins: number): Drawn {
  const there = Array.from({ length: 2 + draw(4) }, () => sets[draw(sets.length)] ?? 0)
  const staying = there.map((set) => (draw(10) < pins ? set & -set : 0))
  const gpus = there.map((set, index): FleetGpu => {
    const layout = layoutOf(naive, set).map((instance, number) => {
      const spot = spotsOf(naive, set)[number]
      const isPinned = spotsOf(naive, staying[index] ?? 0).includes(spot as never)
      return isPinned ? { ...instance, pinned: true as const } : instance
    })
    return { id: `${index}`, model: 'A30', layout }
  })
  return { gpus, there, staying }
}

/** Whether a GPU can hold as many instances of each profile, with those that stay at their places. */
const canHold = (counts: readonly number[], staying: number): boolean =>
  sets.some((set) => (set & staying) === staying && `${countsOf(naive, set)}` === `${counts}`)

/** How many instances of each profile each GPU has after the changes. Checks on the way that each change makes sense. */
function countsAfter(
  { there, staying }: Drawn,
  changes: readonly GpuChange[],
): readonly (readonly number[])[] {
  const counts = there.map((set) => countsOf(naive, set))
  let [left, come] = [0, 0]
  for (const { gpu, evicted, incoming } of changes) {
    const own = counts[gpu.position] ?? []
    for (const { given } of evicted) {
      expect(given.pinned).not.toBe(true)
      const profile = profileOf(given.profileId)
      own[profile] = (own[profile] ?? 0) - 1
    }
    for (const { position } of incoming) own[position] = (own[position] ?? 0) + 1
    left += evicted.length
    come += incoming.length
  }
  expect(come).toBe(left)
  for (const [index, own] of counts.entries()) {
    expect(Math.min(...own)).toBeGreaterThanOrEqual(0)
    // What is on a GPU stays where it is, unless it leaves the GPU.
    const gives = changes.some(({ gpu, evicted }) => gpu.position === index && evicted.length > 0)
    expect(canHold(own, (gives ? staying : there)[index] ?? 0)).toBe(true)
  }
  const total = (rows: readonly (readonly number[])[]): readonly number[] =>
    naive.profiles.map((_, profile) => rows.reduce((sum, row) => sum + (row[profile] ?? 0), 0))
  expect(total(counts)).toEqual(total(there.map((set) => countsOf(naive, set))))
  return counts
}

const groupOptions = {
  pinned: undefined,
  costs: undefined,
  costsPath: 'costs',
  request: null,
} as never
const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0)
const one = (profile: number): number[] =>
  naive.profiles.map((_, index) => (index === profile ? 1 : 0))
const plus = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((count, index) => count + (b[index] ?? 0))

describe('emptying GPU by GPU', () => {
  test('empties GPUs whole, moves nothing that is pinned, and leaves what each GPU can hold', () => {
    const draw = seeded(21)
    let emptied = 0
    for (let round = 0; round < 400; round++) {
      const drawn = drawFleet(draw, 3)
      const inUse = drawn.there.filter((set) => set !== 0).length
      const fewest = 1 + draw(2)
      // So a GPU with one instance may come after one with several that finds no place for all of them.
      const costs = {
        profiles: naive.geometry.profiles.map(({ id }) => ({ profile: id, cost: 1 + draw(9) })),
      }
      const { grouped } = groupSnapshot({ gpus: drawn.gpus }, {
        ...(groupOptions as object),
        costs,
      } as never)
      const changes = emptyGreedily(grouped, fewest, createBudget({}))
      const after = countsAfter(drawn, changes)
      for (const { gpu, evicted, incoming } of changes) {
        // A GPU gives all and gets nothing, or gets and gives nothing.
        expect(evicted.length === 0 || incoming.length === 0).toBe(true)
        if (evicted.length > 0) expect(sum(after[gpu.position] ?? [])).toBe(0)
        // Nothing goes to a GPU that was free.
        expect(drawn.there[gpu.position]).not.toBe(0)
      }
      const used = after.filter((counts) => sum(counts) > 0).length
      expect(used).toBeGreaterThanOrEqual(Math.min(inUse, fewest))
      emptied += inUse - used
      if (used <= fewest) continue
      // No GPU with one instance is left whose instance another GPU in use could take.
      const touched = new Set(changes.map(({ gpu }) => gpu.position))
      for (const [index, counts] of after.entries()) {
        if (sum(counts) !== 1 || touched.has(index) || drawn.staying[index] !== 0) continue
        const profile = counts.indexOf(1)
        const hosts = after.filter(
          (other, at) =>
            at !== index &&
            sum(other) > 0 &&
            canHold(plus(other, one(profile)), drawn.there[at] ?? 0),
        )
        expect(hosts).toEqual([])
      }
    }
    expect(emptied).toBeGreaterThan(40)
  })

  const layout = (name: string, ...starts: readonly number[]) =>
    starts.map((start) => ({
      profileId: profileIdOf('1g.6gb'),
      placement: { start, size: 1 },
      id: `${name}${start}`,
    }))
  const profileIdOf = (name: string): number =>
    naive.geometry.profiles.find((each) => each.name === name)?.id ?? -1
  const emptiedOf = (
    gpus: readonly FleetGpu[],
    fewest: number,
    options: object = groupOptions,
  ): readonly string[] => {
    const { grouped } = groupSnapshot({ gpus }, options as never)
    const changes = emptyGreedily(grouped, fewest, createBudget({}))
    return changes.filter(({ evicted }) => evicted.length > 0).map(({ gpu }) => gpu.name)
  }

  test('begins with the GPU whose instances cost the least, and ends at the fewest', () => {
    const gpus = [
      { id: 'two', model: 'A30', layout: layout('two', 0, 1) },
      { id: 'one', model: 'A30', layout: layout('one', 0) },
      { id: 'half', model: 'A30', layout: layout('half', 2, 3) },
    ]
    expect(emptiedOf(gpus, 2)).toEqual(['one'])
    expect(emptiedOf(gpus, 3)).toEqual([])
    const costs = {
      profiles: [{ profile: '1g.6gb', cost: 1 }],
      requests: [
        { id: 'one0', cost: 9 },
        { id: 'two0', cost: 5 },
      ],
    }
    expect(emptiedOf(gpus, 2, { costs, costsPath: 'costs', request: null })).toEqual(['half'])
  })

  test('gives the largest instance its place first, because fewer GPUs have room for it', () => {
    const held = (id: string, size: 1 | 2, start: number, more: object = {}) => ({
      profileId: profileIdOf(size === 1 ? '1g.6gb' : '2g.12gb'),
      placement: { start, size },
      id,
      ...more,
    })
    const staying = { pinned: true as const }
    const gpus = [
      { id: 'x', model: 'A30', node: 'nx', layout: [held('small', 1, 0), held('large', 2, 2)] },
      { id: 'two-free', model: 'A30', node: 'n1', layout: [held('a', 2, 0, staying)] },
      { id: 'three-free', model: 'A30', node: 'n2', layout: [held('b', 1, 0, staying)] },
    ]
    const requests = [{ id: 'large', profile: '2g.12gb', where: { nodes: ['nx', 'n1'] } }]
    const { grouped } = groupSnapshot({ gpus, requests }, groupOptions)
    const changes = emptyGreedily(grouped, 2, createBudget({}))
    const comes = changes.map(({ gpu, incoming }) => `${incoming.length} to ${gpu.name}`)
    expect(comes.toSorted()).toEqual(['0 to x', '1 to three-free', '1 to two-free'])
  })

  test('does nothing without work units', () => {
    const gpus = [
      { id: 'a', model: 'A30', layout: layout('a', 0) },
      { id: 'b', model: 'A30', layout: layout('b', 1) },
    ]
    const { grouped } = groupSnapshot({ gpus }, groupOptions)
    expect(emptyGreedily(grouped, 1, createBudget({ workUnits: 0 }))).toEqual([])
    expect(emptiedOf(gpus, 1)).toHaveLength(1)
  })
})

describe('draining instance by instance', () => {
  test('moves from the drained GPUs all that others can take, and nothing to them', () => {
    const draw = seeded(22)
    let [moved, stayed] = [0, 0]
    for (let round = 0; round < 200; round++) {
      const drawn = drawFleet(draw, 3)
      const drain = { gpus: drawn.gpus.filter(() => draw(2) === 0).map(({ id }) => id) }
      if (drain.gpus.length === 0) continue
      const { grouped } = groupSnapshot({ gpus: drawn.gpus }, {
        ...(groupOptions as object),
        drain,
      } as never)
      const changes = drainGreedily(grouped, createBudget({}))
      const after = countsAfter(drawn, changes)
      const isDrained = (index: number): boolean => drain.gpus.includes(`${index}`)
      for (const { gpu, evicted, incoming } of changes) {
        expect(isDrained(gpu.position) ? incoming : evicted).toEqual([])
        moved += evicted.length
      }
      for (const [index, counts] of after.entries()) {
        if (!isDrained(index)) continue
        const own = countsOf(naive, drawn.staying[index] ?? 0)
        for (const [profile, count] of counts.entries()) {
          if (count <= (own[profile] ?? 0)) continue
          stayed++
          const hosts = after.filter(
            (other, at) =>
              !isDrained(at) && canHold(plus(other, one(profile)), drawn.there[at] ?? 0),
          )
          expect(hosts).toEqual([])
        }
      }
    }
    expect(moved).toBeGreaterThan(50)
    expect(stayed).toBeGreaterThan(20)
  })
  /** Four GPUs with an instance each are drained, and two are free. */
  const drainedWith = (options: object, workUnits: number): number => {
    const profileId = naive.geometry.profiles.find(({ name }) => name === '1g.6gb')?.id ?? -1
    const layout = [{ profileId, placement: { start: 0, size: 1 } }]
    const going = ['a', 'b', 'c', 'd'].map((id) => ({ id, model: 'A30', layout }))
    const gpus = [...going, { id: 'e', model: 'A30' }, { id: 'f', model: 'A30' }]
    const drain = { gpus: going.map(({ id }) => id) }
    const given = { ...(groupOptions as object), drain, ...options }
    const { grouped } = groupSnapshot({ gpus }, given as never)
    const changes = drainGreedily(grouped, createBudget({ workUnits }))
    return changes.reduce((moves, { evicted }) => moves + evicted.length, 0)
  }

  test('moves instances whose moves cost nothing, too', () => {
    expect(drainedWith({}, 1000)).toBe(4)
    expect(drainedWith({ costs: { each: 0 } }, 1000)).toBe(4)
  })

  test('ends with its work units', () => {
    const moves = [0, 1, 2, 3, 1000].map((workUnits) => drainedWith({}, workUnits))
    expect(moves[0]).toBe(0)
    expect(moves[2]).toBeGreaterThan(0)
    expect(moves[2]).toBeLessThan(4)
    expect(moves.toSorted((a, b) => a - b)).toEqual(moves)
    expect(moves.at(-1)).toBe(4)
  })
})
