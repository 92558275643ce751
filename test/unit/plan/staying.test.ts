import { describe, expect, test } from 'vitest'
import type { WantedGpu } from '../../../lib/model/wanted.js'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'
import { want } from '../../support/devices.js'
import { wantedOf } from '../../support/planning.js'
import { stateOf } from '../../support/state.js'

function gpuWith(...instances: readonly string[]): GpuState {
  const [gpu] = stateOf([{ key: 'a100-40gb', instances }]).gpus
  if (gpu === undefined) throw new Error('no GPU')
  return gpu
}

/** The devices afterwards and those that were destroyed, or why there is no plan. */
function plan(
  gpu: GpuState,
  devices: Readonly<Record<string, number>>,
  stay: Pick<WantedGpu, 'atLeast' | 'keep'>,
  processes: readonly GpuProcess[] = [],
): { readonly devices: string; readonly destroyed: readonly string[] } | string {
  const wanted = want(gpu.geometry ?? { profiles: [] }, devices)
  const result = planGpu(wantedOf(gpu, { wanted, ...stay }), processes)
  if (result.kind !== 'plan') return result.kind
  const { steps, target } = result.plan
  return {
    devices: target.gpuInstances
      .flatMap(({ placement, computeInstances }) =>
        computeInstances.map(({ name }) => `${name}@${placement.start}`),
      )
      .join(' '),
    destroyed: steps.flatMap((step) =>
      step.kind === 'destroy-compute-instance' ? [step.name] : [],
    ),
  }
}

function userOf(gpu: GpuState, start: number): GpuProcess {
  const instance = gpu.gpuInstances.find(({ placement }) => placement.start === start)
  return {
    pid: 4711,
    command: 'train',
    kind: 'compute',
    usedMemoryMiB: 1,
    gpuInstanceId: instance?.id ?? -1,
    computeInstanceId: 0,
  }
}

describe('at least', () => {
  test('at-least destroys nothing that is not in the way', () => {
    const gpu = gpuWith('3g.20gb@4', '1g.5gb@0')
    expect(plan(gpu, { '1g.5gb': 2 }, { atLeast: true })).toEqual({
      devices: '1g.5gb@0 1g.5gb@1 3g.20gb@4',
      destroyed: [],
    })
  })

  test('at-least destroys only as much as is in the way', () => {
    const gpu = gpuWith(...[0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`))
    expect(plan(gpu, { '2g.10gb': 1 }, { atLeast: true })).toMatchObject({
      destroyed: ['1g.5gb', '1g.5gb'],
    })
  })

  test('at-least is satisfied by devices that exist', () => {
    const gpu = gpuWith('3g.20gb@4', '3g.20gb@0')
    expect(plan(gpu, { '3g.20gb': 1 }, { atLeast: true })).toMatchObject({ destroyed: [] })
    expect(plan(gpu, {}, { atLeast: true })).toMatchObject({ destroyed: [] })
  })

  test('at-least is refused only if a process is in the way', () => {
    const gpu = gpuWith('1g.5gb@0', '3g.20gb@4')
    expect(plan(gpu, { '4g.20gb': 1 }, { atLeast: true }, [userOf(gpu, 4)])).toMatchObject({
      devices: '4g.20gb@0 3g.20gb@4',
      destroyed: ['1g.5gb'],
    })
    expect(plan(gpu, { '7g.40gb': 1 }, { atLeast: true }, [userOf(gpu, 4)])).toBe('in-use')
  })
})

describe('keep', () => {
  const gpu = gpuWith('1g.5gb@0', '1g.5gb@1', '3g.20gb@4')
  const uuidAt = (start: number) =>
    gpu.gpuInstances.find(({ placement }) => placement.start === start)?.computeInstances[0]
      ?.uuid ?? 'MIG-'

  test('keep: busy keeps devices in use and counts them towards what is wanted', () => {
    expect(plan(gpu, { '1g.5gb': 1, '2g.10gb': 1 }, { keep: 'busy' }, [userOf(gpu, 1)])).toEqual({
      devices: expect.stringMatching(/^1g\.5gb@1 2g\.10gb@\d$/),
      destroyed: expect.arrayContaining(['1g.5gb', '3g.20gb']),
    })
  })

  test('keep: busy keeps an unwanted device in use that would otherwise refuse the plan', () => {
    const users = [userOf(gpu, 4)]
    expect(plan(gpu, { '1g.5gb': 2 }, {}, users)).toBe('in-use')
    expect(plan(gpu, { '1g.5gb': 2 }, { keep: 'busy' }, users)).toEqual({
      devices: '1g.5gb@0 1g.5gb@1 3g.20gb@4',
      destroyed: [],
    })
  })

  test('keep: all only adds devices', () => {
    expect(plan(gpu, { '1g.5gb': 4 }, { keep: 'all' })).toMatchObject({ destroyed: [] })
    expect(plan(gpu, { '7g.40gb': 1 }, { keep: 'all' })).toBe('infeasible')
  })

  test('keep does not move a device, even if that would make space', () => {
    const inTheMiddle = gpuWith('1g.5gb@3')
    expect(plan(inTheMiddle, { '1g.5gb': 1, '4g.20gb': 1 }, {})).toMatchObject({
      destroyed: ['1g.5gb'],
    })
    expect(plan(inTheMiddle, { '1g.5gb': 1, '4g.20gb': 1 }, { keep: 'all' })).toBe('infeasible')
  })

  test('keep with UUIDs keeps these devices, and the others become as wanted', () => {
    expect(plan(gpu, { '4g.20gb': 1 }, { keep: [uuidAt(4)] })).toEqual({
      devices: '4g.20gb@0 3g.20gb@4',
      destroyed: ['1g.5gb', '1g.5gb'],
    })
  })
})
