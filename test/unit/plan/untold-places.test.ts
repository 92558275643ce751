import { expect, test } from 'vitest'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'
import { place, want } from '../../support/devices.js'
import { geometryOf } from '../../support/geometry.js'
import { gpuWith } from '../../support/model-gpu.js'
import { wantedOf } from '../../support/planning.js'

const a100 = geometryOf('a100-40gb')

// A driver before R525 reports no places.
function withoutPlaces(gpu: GpuState): GpuState {
  return {
    ...gpu,
    gpuInstances: gpu.gpuInstances.map((instance) => ({
      ...instance,
      computeInstances: instance.computeInstances.map((each) => ({ ...each, placement: null })),
    })),
  }
}

test.each([0, 1, 2])(
  'among equal compute instances without places, the one in use stays: %i',
  (at) => {
    const gpu = withoutPlaces(gpuWith(a100, [place(a100, '3g.20gb', 4, ['1@0', '1@1', '1@2'])]))
    const [instance] = gpu.gpuInstances
    const held = instance?.computeInstances[at]
    if (instance === undefined || held === undefined) throw new Error('no such instance')
    const process: GpuProcess = {
      pid: 4711,
      command: 'python3',
      kind: 'compute',
      usedMemoryMiB: 100,
      gpuInstanceId: instance.id,
      computeInstanceId: held.id,
    }
    const wanted = want(a100, { '1c.3g.20gb': 1 })
    const result = planGpu(wantedOf(gpu, { wanted }), [process])
    if (result.kind !== 'plan') throw new Error(result.kind)
    const destroyed = result.plan.steps.flatMap((step) =>
      step.kind === 'destroy-compute-instance' ? [step.computeInstanceId] : [],
    )
    expect(destroyed).toHaveLength(2)
    expect(destroyed).not.toContain(held.id)
  },
)
