import { describe, expect, test } from 'vitest'
import { compileGeometry, explainInfeasible, repartition } from '../../../lib/solver.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { ChangeCosts } from '../../../types/solver/repartition.js'
import { place, want } from '../../support/devices.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'
import { readableOnce } from '../../support/read-once.js'

const gpu = geometryOf('a100-40gb')
const small = profileIdOf(gpu, '1g.5gb')
const current = [place(gpu, '3g.20gb', 4, ['2@0']), place(gpu, '1g.5gb', 0)]

const refused = expect.objectContaining({ code: 'MIG_SOLVER_INPUT' })

describe('wrong input is refused', () => {
  test.each<[string, ChangeCosts]>([
    ['a negative cost', { profiles: [{ profileId: small, create: -1 }] }],
    ['half a cost', { profiles: [{ profileId: small, destroy: 0.5 }] }],
    ['no number', { instances: [{ placement: { start: 0, size: 1 }, move: Number.NaN }] }],
    ['more than can be added up', { profiles: [{ profileId: small, move: 2 ** 50 }] }],
    ['a cost of a profile that is not there', { profiles: [{ profileId: 77, create: 1 }] }],
  ])('%s', (_name, costs) => {
    expect(() => repartition({ gpu, current, wanted: [], costs })).toThrow(refused)
  })

  test.each<[string, Layout]>([
    ['a GPU instance that is not there', [place(gpu, '1g.5gb', 1)]],
    ['a profile that is not at that place', [place(gpu, '4g.20gb', 0)]],
    ['a compute instance that is not there', [place(gpu, '3g.20gb', 4, ['1@2'])]],
    ['one compute instance twice', [place(gpu, '3g.20gb', 4, ['2@0', '2@0'])]],
  ])('%s cannot be pinned or busy', (_name, named) => {
    expect(() => repartition({ gpu, current, wanted: [], pinned: named })).toThrow(refused)
    expect(() => repartition({ gpu, current, wanted: [], busy: named })).toThrow(refused)
  })

  test('repartition refuses a layout that overlaps itself', () => {
    const overlapping = [place(gpu, '2g.10gb', 0), place(gpu, '1g.5gb', 1)]
    expect(() => repartition({ gpu, current: overlapping, wanted: [] })).toThrow(refused)
  })

  test('repartition refuses counts that are not whole numbers', () => {
    for (const count of [-1, 0.5, Number.NaN]) {
      const wanted = [{ profileId: small, sliceCount: 1, count }]
      expect(() => repartition({ gpu, wanted })).toThrow(refused)
    }
  })
})

describe('unusual input', () => {
  test('repartition takes a compiled geometry', () => {
    const wanted = want(gpu, { '2g.10gb': 2 })
    const tables = compileGeometry(gpu)
    expect(repartition({ gpu: tables, current, wanted })).toEqual(
      repartition({ gpu, current, wanted }),
    )
  })

  test('instances that the geometry does not have go first', () => {
    const strange = [{ ...place(gpu, '1g.5gb', 2), profileId: 77 }, place(gpu, '1g.5gb', 0)]
    const wanted = want(gpu, { '1g.5gb': 1, '4g.20gb': 1 })
    for (const live of [false, true]) {
      const result = repartition({ gpu, current: strange, wanted, live })
      if (result.kind === 'infeasible') throw new Error('it fits')
      const gone = result.steps.filter(({ kind }) => kind === 'destroy-gpu-instance')
      expect(gone[0]?.gpuInstance).toEqual({
        profileId: 77,
        placement: { start: 2, size: 1 },
      })
      expect(result.cost).toBe(4)
    }
  })

  test('repartition neither changes nor freezes its input', () => {
    const before = structuredClone(current)
    for (const live of [false, true]) {
      const wanted = want(gpu, { '2c.3g.20gb': 1, '1g.5gb': 1, '2g.10gb': 1 })
      const result = repartition({ gpu, current, wanted, pinned: current, live })
      expect(Object.isFrozen(result.kind === 'repartition' && result.steps[0]?.reason)).toBe(true)
    }
    expect(current).toEqual(before)
    expect(current.some((each) => Object.isFrozen(each.computeInstances[0]))).toBe(false)
  })
})

describe('a problem is read once, so that it cannot change between its check and its use', () => {
  const wanted = want(gpu, { '1g.5gb': 3 })
  const costs = { profiles: [{ profileId: small, create: 3 }] }

  test('repartition checks and solves the same problem', () => {
    const problem = { current, wanted, costs, pinned: current.slice(1), busy: current.slice(0, 1) }
    const once = { gpu, ...readableOnceParts(problem) }
    expect(repartition(once)).toEqual(repartition({ gpu, ...problem }))
  })

  test('explainInfeasible checks and explains the same request', () => {
    const whole = want(gpu, { '7g.40gb': 1 })
    const options = { current, pinned: current.slice(1) }
    expect(explainInfeasible(gpu, readableOnce(whole), readableOnce(options))).toEqual(
      explainInfeasible(gpu, whole, options),
    )
  })

  test('repartition does not freeze what the caller passed', () => {
    const own = structuredClone(current)
    repartition({ gpu, current: own, wanted })
    expect(Object.isFrozen(own[0]) || Object.isFrozen(own[0]?.placement)).toBe(false)
  })
})

function readableOnceParts<T extends object>(parts: T): T {
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, readableOnce(part, name)]),
  ) as T
}
