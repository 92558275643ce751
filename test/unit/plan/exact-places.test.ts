// Plans for instances at exact places, with processes on them.
import { describe, expect, test } from 'vitest'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import type { TargetComputeInstance, TargetGpuInstance } from '../../../types/machine/plan.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'
import { wantedOf } from '../../support/planning.js'
import { stateOf } from '../../support/state.js'

function gpuOf(instances: readonly string[], migEnabled = true): GpuState {
  const [gpu] = stateOf([{ key: 'a100-40gb', instances, migEnabled }]).gpus
  if (gpu === undefined) throw new Error('no GPU')
  return gpu
}

/** The target that a GPU with these instances would have. */
const placesOf = (...instances: readonly string[]): readonly TargetGpuInstance[] =>
  gpuOf(instances).gpuInstances.map(({ profileId, profileName, placement, computeInstances }) => ({
    profileId,
    profileName,
    placement,
    computeInstances: computeInstances.map(
      ({ name, sliceCount, placement: at }): TargetComputeInstance => ({
        name,
        sliceCount,
        placement: at,
      }),
    ),
  }))

function userAt(gpu: GpuState, start: number, part: number | null, pid = 7): GpuProcess {
  const instance = gpu.gpuInstances.find(({ placement }) => placement.start === start)
  return {
    pid,
    command: 'train',
    kind: 'compute',
    usedMemoryMiB: 1,
    gpuInstanceId: instance?.id ?? -1,
    computeInstanceId: part === null ? null : (instance?.computeInstances[part]?.id ?? -1),
  }
}

function plan(
  gpu: GpuState,
  placements: readonly TargetGpuInstance[],
  ...processes: readonly GpuProcess[]
): readonly string[] | { readonly holders: readonly number[] } {
  const result = planGpu(wantedOf(gpu, { placements }), processes)
  if (result.kind === 'in-use') return { holders: result.processes.map(({ pid }) => pid) }
  if (result.kind !== 'plan') throw new Error(result.kind)
  expect(result.plan.placed).toBe(true)
  return result.plan.steps.map(({ kind }) => kind)
}

describe('exact places', () => {
  test('an instance that is where it is wanted stays, with the processes on it', () => {
    const gpu = gpuOf(['3g.20gb@0', '1g.5gb@4'])
    const wanted = placesOf('3g.20gb@0', '2g.10gb@4')
    expect(plan(gpu, wanted, userAt(gpu, 0, 0))).toEqual([
      ...['destroy-compute-instance', 'destroy-gpu-instance'],
      ...['create-gpu-instance', 'create-compute-instance'],
    ])
    expect(plan(gpu, placesOf('3g.20gb@0', '1g.5gb@4'), userAt(gpu, 0, 0))).toEqual([])
  })

  test('a process in an instance that goes is in the way, and no other is', () => {
    const gpu = gpuOf(['3g.20gb@0', '1g.5gb@4'])
    const wanted = placesOf('3g.20gb@0', '2g.10gb@4')
    const all = [userAt(gpu, 0, 0, 1), userAt(gpu, 4, 0, 2), userAt(gpu, 4, null, 3)]
    expect(plan(gpu, wanted, ...all)).toEqual({ holders: [2, 3] })
  })

  test('a process in a compute instance that goes is in the way, and one beside it is not', () => {
    const gpu = gpuOf(['3g.20gb@0:1c,2c'])
    const wanted = placesOf('3g.20gb@0:1c')
    expect(plan(gpu, wanted, userAt(gpu, 0, 0, 1))).toEqual(['destroy-compute-instance'])
    expect(plan(gpu, wanted, userAt(gpu, 0, 0, 1), userAt(gpu, 0, 1, 2))).toEqual({ holders: [2] })
    // A process whose compute instance the driver does not name may be in any.
    expect(plan(gpu, wanted, userAt(gpu, 0, null, 3))).toEqual({ holders: [3] })
  })

  test('with MIG off, what the state lists is not there, and everything is made', () => {
    expect(plan(gpuOf([], false), placesOf('3g.20gb@0'))).toEqual([
      ...['set-mig-mode', 'create-gpu-instance', 'create-compute-instance'],
    ])
  })

  test('a compute instance that is named by its profile is created with this profile', () => {
    const [instance] = placesOf('3g.20gb@0:2c')
    const [part] = instance?.computeInstances ?? []
    if (instance === undefined || part === undefined) throw new Error('no instance')
    const stepsFor = (profileId?: number) => {
      const named = profileId === undefined ? part : { ...part, profileId }
      const placements = [{ ...instance, computeInstances: [named] }]
      const result = planGpu(wantedOf(gpuOf([]), { placements }))
      return result.kind === 'plan' ? result.plan.steps : []
    }
    expect(stepsFor(1).at(-1)).toMatchObject({ kind: 'create-compute-instance', profileId: 1 })
    expect(stepsFor().at(-1)).not.toHaveProperty('profileId')
  })
})
