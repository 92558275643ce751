import { describe, expect, test } from 'vitest'
import type { WantedChoice } from '../../../lib/model/wanted.js'
import { usersOfDestroyed } from '../../../lib/plan/gpu/in-the-way.js'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import { planToTarget } from '../../../lib/plan/gpu/plan-steps.js'
import type { PlanningOptions } from '../../../lib/plan/gpu/planning.js'
import { targetOf } from '../../../lib/plan/gpu/target.js'
import { planMachine } from '../../../lib/plan/plan-machine.js'
import type { GpuProcess, GpuState, MigMode } from '../../../types/model/state.js'
import { want } from '../../support/devices.js'
import { migErrorOf } from '../../support/errors.js'
import { gpuWith } from '../../support/model-gpu.js'
import {
  a100,
  machineOf,
  processAt,
  sevenSmall,
  wantedOf,
  wanting,
} from '../../support/planning.js'
import { stateOf } from '../../support/state.js'

const off: MigMode = { enabled: false, pending: false }
const whole: GpuProcess = {
  ...processAt(gpuWith(a100, []), 0, 5),
  gpuInstanceId: null,
  computeInstanceId: null,
}

function planOf(
  gpu: GpuState,
  devices: Parameters<typeof wanting>[1],
  options: PlanningOptions,
  ...processes: readonly GpuProcess[]
) {
  const result = planGpu(wanting(gpu, devices), processes, options)
  return result.kind === 'plan'
    ? { steps: result.plan.steps.map(({ kind }) => kind), target: result.plan.target }
    : result
}

describe('a change of the mode alone', () => {
  test('with modeOnly, a mode that stays keeps all instances, whatever is wanted', () => {
    const gpu = gpuWith(a100, sevenSmall)
    expect(planOf(gpu, { '7g.40gb': 1 }, { modeOnly: true })).toMatchObject({
      steps: [],
      target: { migEnabled: true, gpuInstances: [{}, {}, {}, {}, {}, {}, {}] },
    })
  })

  test('with modeOnly, a mode that changes leaves no instance', () => {
    expect(planOf(gpuWith(a100, [], { mig: off }), { '7g.40gb': 1 }, { modeOnly: true })).toEqual({
      steps: ['set-mig-mode'],
      target: { migEnabled: true, gpuInstances: [] },
    })
    const gone = planOf(gpuWith(a100, sevenSmall), 'off', { modeOnly: true })
    expect(gone).toMatchObject({ target: { migEnabled: false, gpuInstances: [] } })
  })
})

describe('a reset that is left for later', () => {
  const gpu = gpuWith(a100, [], { mig: off })
  const byReset = new Set([gpu.uuid])

  test('a process on the whole GPU is in the way of a mode change, but not of one that waits for a reset', () => {
    const wanted = { '7g.40gb': 1 }
    const kindFor = (options: PlanningOptions) => {
      const result = planOf(gpu, wanted, options, whole)
      return 'kind' in result ? result.kind : 'plan'
    }
    expect(kindFor({})).toBe('in-use')
    expect(kindFor({ modeByReset: byReset })).toBe('in-use')
    expect(kindFor({ skipReset: true, modeByReset: byReset })).toBe('plan')
    // A GPU of which the mode changes at once is not helped by it.
    expect(kindFor({ skipReset: true })).toBe('in-use')
    expect(kindFor({ skipReset: true, modeByReset: new Set() })).toBe('in-use')
  })

  test('a process on the whole GPU is in the way of new instances where the mode stays', () => {
    const on = gpuWith(a100, [])
    const result = planOf(
      on,
      { '7g.40gb': 1 },
      { skipReset: true, modeByReset: new Set([on.uuid]) },
      whole,
    )
    expect(result).toMatchObject({ kind: 'in-use', processes: [{ pid: 5 }] })
    expect(planOf(gpuWith(a100, sevenSmall), { '1g.5gb': 7 }, {}, whole)).toMatchObject({
      steps: [],
    })
  })
})

describe('an entry that chooses its GPUs', () => {
  const chosen = (
    gpus: readonly GpuState[],
    devices: Readonly<Record<string, number>>,
    processes?: ReadonlyMap<string, readonly GpuProcess[]>,
    options?: PlanningOptions,
  ): readonly number[] => {
    const choice: WantedChoice = {
      kind: 'choice',
      entry: 0,
      count: 1,
      gpus: gpus.map((gpu) => wantedOf(gpu, { wanted: want(a100, devices) })),
    }
    const plan = planMachine(machineOf({ groups: [choice] }), processes as never, options)
    return plan.gpus.map(({ gpuIndex }) => gpuIndex)
  }

  test('an entry with count takes a GPU on which no instance has to go, be it a bare one', () => {
    const { gpus } = stateOf([
      { key: 'a100-40gb', instances: ['3g.20gb@0:'] },
      { key: 'a100-40gb', instances: [] },
    ])
    expect(chosen(gpus, { '7g.40gb': 1 })).toEqual([1])
  })

  test('an entry with count takes a GPU with a mode to change before one with a device to destroy, and that before one with processes', () => {
    const { gpus } = stateOf([
      { key: 'a100-40gb', instances: ['1g.5gb@0'] },
      { key: 'a100-40gb', instances: ['1g.5gb@0'] },
      { key: 'a100-40gb', migEnabled: false },
    ])
    expect(chosen(gpus, { '7g.40gb': 1 })).toEqual([2])
    const [first] = gpus
    if (first === undefined) throw new Error('no GPU')
    const users = new Map([[first.uuid, [processAt(first, 0)]]])
    const two = gpus.slice(0, 2)
    expect(chosen(two, { '7g.40gb': 1 }, users)).toEqual([1])
    expect(chosen(two, { '7g.40gb': 1 }, users, { evict: true })).toEqual([1])
    expect(chosen([first], { '7g.40gb': 1 }, users, { evict: true })).toEqual([0])
  })

  test('an entry with count does not take a GPU on which its devices do not fit beside what stays', () => {
    const { gpus } = stateOf([
      { key: 'a100-40gb', instances: ['1g.5gb@3'] },
      { key: 'a100-40gb', instances: ['7g.40gb@0'] },
    ])
    const [first, second] = gpus
    if (first === undefined || second === undefined) throw new Error('no GPU')
    const kept = first.gpuInstances[0]?.computeInstances[0]?.uuid ?? 'MIG-'
    const choice: WantedChoice = {
      kind: 'choice',
      entry: 0,
      count: 1,
      gpus: [
        wantedOf(first, { wanted: want(a100, { '7g.40gb': 1 }), keep: [kept] }),
        wantedOf(second, { wanted: want(a100, { '3g.20gb': 2 }) }),
      ],
    }
    expect(
      planMachine(machineOf({ groups: [choice] })).gpus.map(({ gpuIndex }) => gpuIndex),
    ).toEqual([1])
  })

  test('too few GPUs for the entries with count are an error with a place for each entry', () => {
    const { gpus } = stateOf([{ key: 'a100-40gb', count: 2 }])
    const choice = (entry: number, count: number): WantedChoice => ({
      kind: 'choice',
      entry,
      count,
      gpus: gpus.map((gpu) => wantedOf(gpu, { entry })),
    })
    const error = migErrorOf(() =>
      planMachine(machineOf({ config: 'x', groups: [choice(0, 2), choice(3, 1)] })),
    )
    expect(error.issues).toMatchObject([
      { path: ['mig-configs', 'x', 0, 'count'], message: 'asks for 2 GPUs' },
      { path: ['mig-configs', 'x', 3, 'count'], message: 'asks for 1 GPUs' },
    ])
  })

  test('entries with count that may choose from different GPUs each get one of their own', () => {
    const { gpus } = stateOf([{ key: 'a100-40gb', instances: [], count: 3 }])
    const choice = (entry: number, indexes: readonly number[]): WantedChoice => ({
      kind: 'choice',
      entry,
      count: 1,
      gpus: gpus
        .filter(({ index }) => indexes.includes(index))
        .map((gpu) => wantedOf(gpu, { entry, wanted: want(a100, { '7g.40gb': 1 }) })),
    })
    const entriesOf = (...groups: readonly WantedChoice[]) =>
      planMachine(machineOf({ groups })).gpus.map(({ gpuIndex, entry }) => [gpuIndex, entry])
    // Entry 0 takes the first GPU unless another needs it.
    expect(entriesOf(choice(0, [0, 1]), choice(1, [2]))).toEqual([
      [0, 0],
      [2, 1],
    ])
    expect(entriesOf(choice(0, [0, 1, 2]), choice(1, [0]))).toEqual([
      [0, 1],
      [1, 0],
    ])
    const error = migErrorOf(() => entriesOf(choice(0, [0]), choice(1, [0])))
    expect(error.code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
  })

  test('an error for too few GPUs does not count the entry for the others', () => {
    const { gpus } = stateOf([{ key: 'a100-40gb', count: 2 }])
    const choice = (entry: number, count: number | null): WantedChoice => ({
      kind: 'choice',
      entry,
      count,
      gpus: gpus.map((gpu) => wantedOf(gpu, { entry })),
    })
    const error = migErrorOf(() =>
      planMachine(machineOf({ groups: [choice(0, 3), choice(1, null)] })),
    )
    expect(error.issues).toHaveLength(1)
    expect(error.message).toMatch(/asks for more GPUs than there are: 3 in entry 0, of GPU 0, 1$/)
  })
})

describe('a mode that is to wait for a reset', () => {
  test('a mode that is to be pending is requested once, and only if it is not pending yet', () => {
    const kinds = (mig: MigMode, fields: Parameters<typeof wantedOf>[1]) => {
      const result = planGpu(wantedOf(gpuWith(a100, [], { mig }), fields))
      if (result.kind !== 'plan') throw new Error(result.kind)
      return result.plan.steps.map((step) =>
        step.kind === 'set-mig-mode' ? [step.enabled, step.staysPending === true] : [step.kind],
      )
    }
    const later = { migEnabled: false, migPending: true }
    expect(kinds(off, later)).toEqual([[true, true]])
    expect(kinds({ enabled: false, pending: true }, later)).toEqual([])
    expect(kinds({ enabled: true, pending: true }, later)).toEqual([
      [false, false],
      [true, true],
    ])
    // Without it, a pending mode is called back.
    expect(kinds({ enabled: false, pending: true }, { migEnabled: false })).toEqual([
      [false, false],
    ])
  })
})

describe('what a plan knows of instances', () => {
  test('a GPU whose compute instances have no known place is its own target, without a step', () => {
    const [gpu] = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0:2c', '1g.5gb@4'] }]).gpus
    if (gpu === undefined) throw new Error('no GPU')
    const silent = {
      ...gpu,
      gpuInstances: gpu.gpuInstances.map((instance) => ({
        ...instance,
        computeInstances: instance.computeInstances.map((part) => ({ ...part, placement: null })),
      })),
    }
    const target = targetOf(silent)
    expect(target.gpuInstances.flatMap(({ computeInstances }) => computeInstances)).toMatchObject([
      { name: '2c.3g.20gb', placement: null },
      { name: '1g.5gb', placement: null },
    ])
    expect(planToTarget(silent, target)).toEqual([])
  })

  test('steps that destroy a bare GPU instance take it from the process that holds it', () => {
    const [gpu] = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0:', '1g.5gb@4'] }]).gpus
    if (gpu === undefined) throw new Error('no GPU')
    const [bare, small] = gpu.gpuInstances
    const holder = (pid: number, id: number | undefined): GpuProcess => ({
      ...whole,
      pid,
      gpuInstanceId: id ?? -1,
    })
    const all = [holder(1, bare?.id), holder(2, small?.id), whole]
    const kept = { migEnabled: true, gpuInstances: targetOf(gpu).gpuInstances.slice(1) }
    const pids = usersOfDestroyed({ steps: planToTarget(gpu, kept) }, all).map(({ pid }) => pid)
    expect(pids).toEqual([1])
  })
})
