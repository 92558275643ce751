import { describe, expect, test } from 'vitest'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import { formatPlan } from '../../../lib/plan/text.js'
import type { PlanReason, PlanStep } from '../../../types/machine/plan.js'
import type { Layout } from '../../../types/solver/layout.js'
import { place, want } from '../../support/devices.js'
import { geometryOf } from '../../support/geometry.js'
import { gpuWith } from '../../support/model-gpu.js'
import { wantedOf } from '../../support/planning.js'

const a100 = geometryOf('a100-40gb')

function stepsFrom(current: Layout, wanted: Readonly<Record<string, number>>): readonly PlanStep[] {
  const gpu = gpuWith(a100, current)
  const result = planGpu(wantedOf(gpu, { wanted: want(a100, wanted) }))
  if (result.kind !== 'plan') throw new Error('it fits')
  return result.plan.steps
}

function reasonsOf(steps: readonly PlanStep[], kind: PlanStep['kind']): (PlanReason | undefined)[] {
  return steps.filter((step) => step.kind === kind).map((step) => step.reason)
}

describe('every step says why', () => {
  test('the reason of a destroyed instance is what it is in the way of, or that it is not wanted', () => {
    const current = [place(a100, '2g.10gb', 0), place(a100, '1g.5gb', 4), place(a100, '1g.5gb', 6)]
    const steps = stepsFrom(current, { '3g.20gb': 1, '2g.10gb': 1 })
    const inTheWay = {
      kind: 'in-the-way',
      of: { name: '3g.20gb', placement: { start: 4, size: 4 } },
    }
    expect(reasonsOf(steps, 'destroy-gpu-instance')).toEqual([inTheWay, inTheWay])
    expect(reasonsOf(steps, 'destroy-compute-instance')).toEqual([inTheWay, inTheWay])
    expect(reasonsOf(steps, 'create-gpu-instance')).toEqual([{ kind: 'wanted' }])
    const fewer = stepsFrom(current, { '2g.10gb': 1 })
    expect(reasonsOf(fewer, 'destroy-gpu-instance')).toEqual([
      { kind: 'not-wanted' },
      { kind: 'not-wanted' },
    ])
  })

  test('the reason of an instance that replaces another of its profile is a move', () => {
    const steps = stepsFrom([place(a100, '1g.5gb', 1)], { '1g.5gb': 1, '4g.20gb': 1 })
    const [moved] = reasonsOf(steps, 'destroy-gpu-instance')
    expect(moved).toMatchObject({ kind: 'moved', from: { start: 1, size: 1 } })
    expect(reasonsOf(steps, 'create-gpu-instance')).toEqual([{ kind: 'wanted' }, moved])
  })

  test('changes inside a GPU instance and mode changes have a reason', () => {
    const steps = stepsFrom([place(a100, '3g.20gb', 4, ['2@0'])], { '1c.3g.20gb': 3 })
    expect(reasonsOf(steps, 'destroy-compute-instance')).toEqual([
      { kind: 'in-the-way', of: { name: '1c.3g.20gb', placement: { start: 0, size: 1 } } },
    ])
    const off = planGpu(wantedOf(gpuWith(a100, []), { migEnabled: false, wanted: [] }))
    expect(off.kind === 'plan' && off.plan.steps.map(({ reason }) => reason)).toEqual([
      { kind: 'wanted' },
    ])
  })

  test.each<[Layout, Readonly<Record<string, number>>, string[]]>([
    [
      [place(a100, '1g.5gb', 1), place(a100, '2g.10gb', 4)],
      { '4g.20gb': 1 },
      [
        '  - destroy 1g.5gb at 1:1 (in the way of 4g.20gb at 0:4)',
        '  - destroy 2g.10gb at 4:2 (not wanted)',
        '  + create 4g.20gb at 0:4',
      ],
    ],
    [
      [place(a100, '2g.10gb', 0)],
      { '2g.10gb': 1, '4g.20gb': 1 },
      [
        '  - destroy 2g.10gb at 0:2 (moved to 4:2)',
        '  + create 4g.20gb at 0:4',
        '  + create 2g.10gb at 4:2 (moved from 0:2)',
      ],
    ],
  ])('a plan as text has the reasons of its steps: %#', (current, wanted, lines) => {
    const gpu = gpuWith(a100, current)
    const result = planGpu(wantedOf(gpu, { wanted: want(a100, wanted) }))
    if (result.kind !== 'plan') throw new Error('it fits')
    const text = formatPlan({ config: 'x', gpus: [result.plan], warnings: [] })
    expect(text.split('\n').slice(2)).toEqual(lines)
  })
})
