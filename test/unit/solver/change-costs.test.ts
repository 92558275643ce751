import { describe, expect, test } from 'vitest'
import { repartition } from '../../../lib/solver.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { ChangeCosts, Repartition } from '../../../types/solver/repartition.js'
import { place, show, want } from '../../support/devices.js'
import { geometryOf, profileIdOf } from '../../support/geometry.js'

const a30 = geometryOf('a30-24gb')
const small = profileIdOf(a30, '1g.6gb')
const two = [place(a30, '1g.6gb', 0), place(a30, '1g.6gb', 1)]

function solve(
  current: Layout,
  devices: Readonly<Record<string, number>>,
  costs?: ChangeCosts,
): Repartition {
  const wanted = want(a30, devices)
  const result = repartition({
    gpu: a30,
    current,
    wanted,
    ...(costs === undefined ? {} : { costs }),
  })
  if (result.kind === 'infeasible') throw new Error('it fits')
  return result
}

describe('costs of changes', () => {
  test('costs decide which of two instances goes', () => {
    const devices = { '1g.6gb': 1, '1g.6gb+me': 1, '2g.12gb': 1 }
    for (const dear of [0, 1]) {
      const instances = [{ placement: { start: dear, size: 1 }, destroy: 5 }]
      const { layout, cost } = solve(two, devices, { instances })
      expect(show(a30, layout)).toContain(`1g.6gb@${dear}`)
      expect(cost).toBe(1 + 1 + 1)
    }
  })

  test('costs never decide against an instance that can stay', () => {
    const costs = { profiles: [{ profileId: small, create: 0, destroy: 0, move: 0 }] }
    expect(solve(two, { '1g.6gb': 2 }, costs)).toMatchObject({ keptGpuInstances: 2, cost: 0 })
  })

  test('a moved instance costs its move in addition', () => {
    const current = [place(a30, '1g.6gb', 0), place(a30, '1g.6gb', 2)]
    const costs = { profiles: [{ profileId: small, create: 2, destroy: 3, move: 10 }] }
    const moved = solve(current, { '1g.6gb': 2, '2g.12gb': 1 }, costs)
    expect(moved.cost).toBe(3 + 2 + 10 + 1)
    const gone = solve(current, { '1g.6gb': 1, '2g.12gb': 1 }, costs)
    expect(gone.cost).toBe(3 + 1)
  })

  test('the instance with the cheapest move counts as the moved one', () => {
    const current = [...two, { ...place(a30, '1g.6gb+me', 2), pinned: true }]
    const devices = { '1g.6gb': 1, '1g.6gb+me': 1, '2g.12gb': 1 }
    for (const cheap of [0, 1]) {
      const instances = [0, 1].map((start) => ({
        placement: { start, size: 1 },
        move: start === cheap ? 2 : 7,
      }))
      expect(solve(current, devices, { instances }).cost).toBe(2 + 2 + 2)
    }
  })

  test('without costs, the cost is the number of GPU instances created and destroyed', () => {
    expect(solve(two, { '2g.12gb': 2 }).cost).toBe(4)
    expect(solve(two, { '1g.6gb': 2 }).cost).toBe(0)
  })
})
