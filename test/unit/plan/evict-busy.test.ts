import { expect, test } from 'vitest'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import type { GpuProcess } from '../../../types/model/state.js'
import { want } from '../../support/devices.js'
import { wantedOf } from '../../support/planning.js'
import { stateOf } from '../../support/state.js'

function processIn(pid: number, gpuInstanceId: number): GpuProcess {
  return { pid, gpuInstanceId, computeInstanceId: 0 } as GpuProcess
}

// One of two 3g.20gb has to go. A plan that ignores processes destroys the one at 4.
test.each([0, 4])('with `evict`, an instance in use at %i stays if another can go', (start) => {
  const { gpus } = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0', '3g.20gb@4'] }])
  const [gpu] = gpus
  const held = gpu?.gpuInstances.find(({ placement }) => placement.start === start)
  if (gpu?.geometry == null || held === undefined) throw new Error('no such GPU')
  const all = gpu.gpuInstances.map(({ id }, index) => processIn(100 + index, id))
  const wanted = want(gpu.geometry, { '3g.20gb': 1, '2g.10gb': 1, '1g.5gb': 1 })
  const plan = (processes: readonly GpuProcess[]) =>
    planGpu(wantedOf(gpu, { wanted }), processes, { evict: true })

  const busy = all.filter(({ gpuInstanceId }) => gpuInstanceId === held.id)
  const one = plan(busy)
  if (one.kind !== 'plan') throw new Error(one.kind)
  expect(one.plan.evicted ?? []).toEqual([])
  expect(one.plan.target.gpuInstances.some(({ placement }) => placement.start === start)).toBe(true)
})

test('with `evict`, only one of two instances goes that cannot both stay', () => {
  const { gpus } = stateOf([{ key: 'a100-40gb', instances: ['2g.10gb@0', '1g.5gb@4', '1g.5gb@5'] }])
  const [gpu] = gpus
  if (gpu?.geometry == null) throw new Error('no such GPU')
  const [two, , last] = gpu.gpuInstances
  const processes = [two, last].map((instance, index) => processIn(100 + index, instance?.id ?? -1))
  // The 3g fits at 0 or at 4. At 4 the process in a 1g loses its device, at 0 the process in the 2g.
  const wanted = want(gpu.geometry, { '3g.20gb': 1, '2g.10gb': 1, '1g.5gb': 1 })
  const result = planGpu(wantedOf(gpu, { wanted }), processes, { evict: true })
  if (result.kind !== 'plan') throw new Error(result.kind)
  expect(result.plan.evicted?.map(({ pid }) => pid)).toHaveLength(1)
})

test('with `evict`, idle instances go before busy ones of the same size', () => {
  const instances = [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`)
  const { gpus } = stateOf([{ key: 'a100-40gb', instances }])
  const [gpu] = gpus
  if (gpu?.geometry == null) throw new Error('no such GPU')
  const heldAt = (start: number): number =>
    gpu.gpuInstances.find(({ placement }) => placement.start === start)?.id ?? -1
  // A 4g takes 0 to 3, so the process at 1 has to go. Those at 5 and 6 can stay; the idle one at 4 can go.
  const processes = [1, 5, 6].map((start) => processIn(start, heldAt(start)))
  const wanted = want(gpu.geometry, { '4g.20gb': 1, '1g.5gb': 2 })
  const result = planGpu(wantedOf(gpu, { wanted }), processes, { evict: true })
  if (result.kind !== 'plan') throw new Error(result.kind)
  expect(result.plan.evicted?.map(({ pid }) => pid)).toEqual([1])
  expect(result.plan.target.gpuInstances.map(({ placement }) => placement.start)).toEqual([0, 5, 6])
})
