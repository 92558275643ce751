import { isMigError, type MigError } from '../../lib/errors.js'
import { type Locate, nowhere } from '../../lib/model/document-path.js'
import type { WantedGpu, WantedMachine } from '../../lib/model/wanted.js'
import { planMachine } from '../../lib/plan/plan-machine.js'
import type { MigPlan } from '../../types/machine/plan.js'
import type { Geometry } from '../../types/model/geometry.js'
import type { GpuProcess, GpuState, GpuUuid } from '../../types/model/state.js'
import type { Layout } from '../../types/solver/layout.js'
import { place, want } from './devices.js'
import { geometryOf } from './geometry.js'
import { runStep } from './model-gpu.js'

export type Devices = Readonly<Record<string, number>>
export const a100: Geometry = geometryOf('a100-40gb')
export const sevenSmall: Layout = [0, 1, 2, 3, 4, 5, 6].map((start) => place(a100, '1g.5gb', start))
export const balanced: Devices = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }

/** What is wanted of a GPU; MIG is to be on unless the fields say otherwise. */
export function wantedOf(gpu: GpuState, fields: Partial<WantedGpu> = {}): WantedGpu {
  return { gpu, entry: 0, migEnabled: true, geometry: gpu.geometry, wanted: [], ...fields }
}

export function wanting(gpu: GpuState, devices: Devices | 'off', entry = 0): WantedGpu {
  return devices === 'off'
    ? wantedOf(gpu, { entry, migEnabled: false })
    : wantedOf(gpu, { entry, wanted: want(a100, devices) })
}

/** What a configuration wants, `test` by name. */
export function machineOf(fields: Partial<WantedMachine>): WantedMachine {
  return { config: 'test', gpus: [], groups: [], warnings: [], locate: nowhere, ...fields }
}

export function plan(...gpus: readonly WantedGpu[]): MigPlan {
  return planMachine(machineOf({ gpus }))
}

export function kindsOf(result: MigPlan, gpu = 0): string[] {
  return (result.gpus[gpu]?.steps ?? []).map(({ kind }) => kind)
}

export function run(gpu: GpuState, result: MigPlan): GpuState {
  const steps = result.gpus.find((each) => each.gpu === gpu.uuid)?.steps ?? []
  return steps.reduce((state, step) => runStep(a100, state, step), gpu)
}

export function namesOf(gpu: GpuState): string[] {
  return gpu.gpuInstances
    .flatMap(({ computeInstances }) => computeInstances.map(({ name }) => name))
    .sort()
}

export function processAt(gpu: GpuState, start: number, pid = 4711): GpuProcess {
  const instance = gpu.gpuInstances.find(({ placement }) => placement.start === start)
  return {
    pid,
    command: 'python3',
    kind: 'compute',
    usedMemoryMiB: 100,
    gpuInstanceId: instance?.id ?? null,
    computeInstanceId: instance?.computeInstances[0]?.id ?? null,
  }
}

export function refusal(
  gpus: readonly WantedGpu[],
  processes: ReadonlyMap<GpuUuid, readonly GpuProcess[]> = new Map(),
  locate: Locate = nowhere,
): MigError {
  try {
    planMachine(machineOf({ gpus, locate }), processes)
  } catch (error) {
    if (isMigError(error)) return error
    throw error
  }
  throw new Error('it was planned')
}
