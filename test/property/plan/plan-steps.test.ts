import { describe, expect, test } from 'vitest'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import { repartition } from '../../../lib/solver.js'
import type { PlanStep } from '../../../types/machine/plan.js'
import type { RepartitionStep } from '../../../types/solver/repartition.js'
import { geometryOf } from '../../support/geometry.js'
import { gpuWith } from '../../support/model-gpu.js'
import { wantedOf } from '../../support/planning.js'
import { arbitraryProblem } from '../../support/problems.js'
import fc from '../../support/property.js'

interface Line {
  readonly kind: string
  readonly gpuInstance: number
  readonly part: string
  readonly reason: string
}

function lineOfPlan(step: PlanStep): Line {
  const { kind, reason } = step
  const at = 'gpuInstancePlacement' in step ? step.gpuInstancePlacement : null
  const own = 'placement' in step ? (step.placement?.start ?? -1) : -1
  return {
    kind,
    gpuInstance: at?.start ?? own,
    part: 'sliceCount' in step ? `${step.sliceCount}@${own}` : '',
    reason: reason?.kind ?? 'none',
  }
}

function lineOfSolver(step: RepartitionStep): Line {
  const part = 'computeInstance' in step ? step.computeInstance : null
  return {
    kind: step.kind,
    gpuInstance: step.gpuInstance.placement.start,
    part: part === null ? '' : `${part.sliceCount}@${part.placement?.start}`,
    reason: step.reason.kind,
  }
}

describe.each(['a30-24gb', 'a100-40gb', 'rtx-pro-6000-blackwell'])('on %s', (key) => {
  const geometry = geometryOf(key)

  test('a plan has the steps of the solver, in the same order and with the same reasons', () => {
    fc.assert(
      fc.property(arbitraryProblem(geometry, 0), ({ current, wanted }) => {
        const result = repartition({ gpu: geometry, current, wanted })
        fc.pre(result.kind === 'repartition')
        const gpu = gpuWith(geometry, current)
        const plan = planGpu(wantedOf(gpu, { wanted }))
        if (plan.kind !== 'plan' || result.kind !== 'repartition') throw new Error('it fits')
        // A GPU that is as wanted is not solved.
        fc.pre(plan.plan.steps.length > 0)
        expect(plan.plan.steps.map(lineOfPlan)).toEqual(result.steps.map(lineOfSolver))
      }),
      { numRuns: 150 },
    )
  })
})
