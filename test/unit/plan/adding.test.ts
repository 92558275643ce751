import { expect, test } from 'vitest'
import { planAnew } from '../../../lib/plan/driver-places.js'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import type { GpuPlan } from '../../../types/machine/plan.js'
import type { GpuState } from '../../../types/model/state.js'
import { want } from '../../support/devices.js'
import { runStep } from '../../support/model-gpu.js'
import { a100, wantedOf } from '../../support/planning.js'
import { stateOf } from '../../support/state.js'

function gpuWith(...instances: readonly string[]): GpuState {
  const [gpu] = stateOf([{ key: 'a100-40gb', instances }]).gpus
  if (gpu === undefined) throw new Error('no GPU')
  return gpu
}

function planAdding(gpu: GpuState, devices: Readonly<Record<string, number>>): GpuPlan {
  const result = planGpu(wantedOf(gpu, { wanted: want(a100, devices), add: true }))
  if (result.kind !== 'plan') throw new Error(result.kind)
  return result.plan
}

test('a GPU instance without compute instances outlasts a plan that is made again for the places of the driver', () => {
  const gpu = gpuWith('1g.5gb@6:')
  const plan = planAdding(gpu, { '1c.3g.20gb': 2 })
  const [first] = plan.steps
  if (first === undefined) throw new Error('no steps')
  const now = runStep(a100, gpu, first)
  const { steps, target } = planAnew(plan, gpu, now, '580.65.06')
  expect(steps.map(({ kind }) => kind)).toEqual([
    'create-compute-instance',
    'create-compute-instance',
  ])
  expect(target.gpuInstances.map((each) => each.computeInstances.length).sort()).toEqual([0, 2])
})

test('of two GPU instances without compute instances, one is filled where one device is added', () => {
  const { steps } = planAdding(gpuWith('3g.20gb@0:', '3g.20gb@4:'), { '3g.20gb': 1 })
  expect(steps.map(({ kind }) => kind)).toEqual(['create-compute-instance'])
})

test('a compute instance is added beside others where the driver reports no places of them', () => {
  const known = gpuWith('3g.20gb@4:1c', '1g.5gb@0')
  const gpu = {
    ...known,
    gpuInstances: known.gpuInstances.map((instance) => ({
      ...instance,
      computeInstances: instance.computeInstances.map((part) => ({ ...part, placement: null })),
    })),
  }
  const { steps } = planAdding(gpu, { '2c.3g.20gb': 1 })
  expect(steps.map(({ kind }) => kind)).toEqual(['create-compute-instance'])
})
