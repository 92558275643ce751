import { describe, expect, test } from 'vitest'
import { planToTarget } from '../../../lib/plan/gpu/plan-steps.js'
import { targetToRestore } from '../../../lib/plan/gpu/target.js'
import type { GpuState } from '../../../types/model/state.js'
import { place } from '../../support/devices.js'
import { gpuWith } from '../../support/model-gpu.js'
import {
  a100,
  balanced,
  type Devices,
  kindsOf,
  namesOf,
  plan,
  run,
  sevenSmall,
  wanting,
} from '../../support/planning.js'

describe('the steps of a plan', () => {
  test('a compute instance is destroyed before its GPU instance and created after it', () => {
    const gpu = gpuWith(a100, [
      place(a100, '3g.20gb', 0, ['2@0', '1@2']),
      place(a100, '2g.10gb', 4),
    ])
    const kinds = kindsOf(plan(wanting(gpu, { '4g.20gb': 1, '1c.3g.20gb': 2 })))
    expect(kinds).toEqual([
      'destroy-compute-instance',
      'destroy-compute-instance',
      'destroy-compute-instance',
      'destroy-gpu-instance',
      'destroy-gpu-instance',
      'create-gpu-instance',
      'create-compute-instance',
      'create-gpu-instance',
      'create-compute-instance',
      'create-compute-instance',
    ])
  })

  test('the smallest compute instances are destroyed first, and all of them before any GPU instance', () => {
    const gpu = gpuWith(a100, [
      place(a100, '4g.20gb', 0),
      place(a100, '1g.5gb', 4),
      place(a100, '1g.5gb', 5),
    ])
    const steps = plan(wanting(gpu, { '7g.40gb': 1 })).gpus[0]?.steps ?? []
    const going = steps.filter((step) => step.kind === 'destroy-compute-instance')
    expect(going.map(({ sliceCount }) => sliceCount)).toEqual([1, 1, 4])
    expect(steps.slice(0, 3)).toEqual(going)
    const gone = steps.filter((step) => step.kind === 'destroy-gpu-instance')
    expect(gone.map(({ placement }) => placement.size)).toEqual([1, 1, 4])
  })

  test('large instances are created first, or in the order in which an old driver chooses the planned places', () => {
    const made = (devices: Devices): string[] =>
      (plan(wanting(gpuWith(a100, []), devices)).gpus[0]?.steps ?? []).flatMap((step) =>
        step.kind === 'create-gpu-instance'
          ? [`[${step.profileName}]`]
          : step.kind === 'create-compute-instance'
            ? [step.name]
            : [],
      )
    expect(made({ '1c.7g.40gb': 1, '2c.7g.40gb': 1, '3c.7g.40gb': 1 })).toEqual([
      '[7g.40gb]',
      '3c.7g.40gb',
      '2c.7g.40gb',
      '1c.7g.40gb',
    ])
    // Published for nvidia-smi: 3g, 1g, 2g, 1g go to 4, 0, 2 and 1.
    expect(made(balanced).filter((name) => name.startsWith('['))).toEqual([
      '[3g.20gb]',
      '[1g.5gb]',
      '[2g.10gb]',
      '[1g.5gb]',
    ])
  })

  test('the step that destroys a compute instance describes it', () => {
    const gpu = gpuWith(a100, [place(a100, '3g.20gb', 4, ['2@0'])])
    expect(plan(wanting(gpu, {})).gpus[0]?.steps[0]).toMatchObject({
      kind: 'destroy-compute-instance',
      name: '2c.3g.20gb',
      sliceCount: 2,
      placement: { start: 0, size: 2 },
      gpuInstancePlacement: { start: 4, size: 4 },
    })
  })

  test('a GPU instance that stays can lose and get compute instances', () => {
    const gpu = gpuWith(a100, [place(a100, '3g.20gb', 4, ['2@0', '1@2'])])
    const result = plan(wanting(gpu, { '1c.3g.20gb': 3 }))
    expect(kindsOf(result)).toEqual([
      'destroy-compute-instance',
      'create-compute-instance',
      'create-compute-instance',
    ])
    expect(namesOf(run(gpu, result))).toEqual(Array(3).fill('1c.3g.20gb'))
  })

  test('compute instances stay even if the driver does not report their places', () => {
    const reported = gpuWith(a100, [
      place(a100, '3g.20gb', 4, ['2@0', '1@2']),
      place(a100, '1g.5gb', 0),
    ])
    const gpu: GpuState = {
      ...reported,
      gpuInstances: reported.gpuInstances.map((instance) => ({
        ...instance,
        computeInstances: instance.computeInstances.map((each) => ({ ...each, placement: null })),
      })),
    }
    const result = plan(wanting(gpu, { '2c.3g.20gb': 1, '1c.3g.20gb': 1, '2g.10gb': 1 }))
    const gone = result.gpus[0]?.steps.filter((step) => step.kind === 'destroy-compute-instance')
    expect(gone).toMatchObject([{ name: '1g.5gb' }])
  })

  test('a target that leaves the place to the driver accepts any place', () => {
    const gpu = gpuWith(a100, [place(a100, '3g.20gb', 4, ['2@0', '1@2'])])
    const target = targetToRestore(gpu)
    const anywhere = {
      ...target,
      gpuInstances: target.gpuInstances.map((instance) => ({
        ...instance,
        computeInstances: instance.computeInstances.map((each) => ({ ...each, placement: null })),
      })),
    }
    expect(planToTarget(gpu, anywhere)).toEqual([])
  })

  test('an unwanted GPU instance without compute instances is destroyed', () => {
    const gpu = gpuWith(a100, [place(a100, '4g.20gb', 0, [])])
    expect(kindsOf(plan(wanting(gpu, {})))).toEqual(['destroy-gpu-instance'])
  })

  test('a GPU that is as wanted has no steps while another changes', () => {
    const first = gpuWith(a100, sevenSmall, { index: 0 })
    const second = gpuWith(a100, [], { index: 1, mig: { enabled: false, pending: false } })
    const result = plan(wanting(second, { '3g.20gb': 2 }, 1), wanting(first, { '1g.5gb': 7 }, 0))
    expect(result.gpus.map(({ gpuIndex, entry }) => [gpuIndex, entry])).toEqual([
      [0, 0],
      [1, 1],
    ])
    expect(kindsOf(result, 0)).toEqual([])
    expect(kindsOf(result, 1)).toHaveLength(5)
  })

  test('a plan is frozen and survives JSON', () => {
    const result = plan(wanting(gpuWith(a100, sevenSmall), balanced))
    expect(Object.isFrozen(result.gpus[0]?.steps[0])).toBe(true)
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })
})
