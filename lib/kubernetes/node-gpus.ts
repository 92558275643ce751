import type { MigPlan, TargetGpu } from '../../types/machine/plan.js'
import type { GpuInstanceProfile } from '../../types/model/geometry.js'
import type { AnyGpuState, MigDevice, MigState, MigUuid } from '../../types/model/state.js'
import { completeGeometry } from '../model/geometry.js'
import { devicesOf } from '../model/mig-devices.js'
import { targetsOf } from './plan-targets.js'

/** A GPU of a node, now or after a plan. */
export interface NodeGpu {
  readonly gpu: AnyGpuState
  readonly isMigOn: boolean
  readonly devices: readonly NodeDevice[]
  /** Whether these are all of its devices. */
  readonly seesAll: boolean
}

/** A MIG device of a node. */
export interface NodeDevice {
  /** `1c.3g.20gb` */
  readonly name: string
  /** Null: not known, as before a plan runs. */
  readonly uuid: MigUuid | null
  readonly sliceCount: number | null
  /** The profile of its GPU instance. Null: not known. */
  readonly profile: GpuInstanceProfile | null
  readonly multiprocessors: number | null
}

/** The GPUs in the order of NVML. */
export function nodeGpusOf(state: MigState, plan?: MigPlan): readonly NodeGpu[] {
  const targets = targetsOf(state, plan)
  return state.gpus.map((gpu) => {
    const target = targets.get(gpu.uuid)
    return target === undefined ? gpuNow(gpu, state) : gpuAfter(gpu, target, state)
  })
}

function gpuNow(gpu: AnyGpuState, { driverVersion }: MigState): NodeGpu {
  const profiles = profilesOf(gpu, driverVersion)
  return {
    gpu,
    isMigOn: gpu.mig?.enabled === true,
    seesAll: gpu.gpuInstances !== null || gpu.seesAllDevices,
    devices: inOrder(devicesOf(gpu)).map(({ name, uuid, sliceCount, profileId }) =>
      nodeDevice({ name, uuid, sliceCount }, profiles.find(({ id }) => id === profileId) ?? null),
    ),
  }
}

/** By NVML's index, which follows the ids. */
function inOrder(devices: readonly MigDevice[]): readonly MigDevice[] {
  return devices
    .toSorted(
      (a, b) => a.gpuInstanceId - b.gpuInstanceId || a.computeInstanceId - b.computeInstanceId,
    )
    .sort((a, b) => (a.migIndex ?? 0) - (b.migIndex ?? 0))
}

/** UUIDs follow from ids that the driver gives while the plan runs. */
function gpuAfter(gpu: AnyGpuState, target: TargetGpu, { driverVersion }: MigState): NodeGpu {
  const profiles = profilesOf(gpu, driverVersion)
  return {
    gpu,
    isMigOn: target.migEnabled,
    seesAll: true,
    devices: target.gpuInstances.flatMap((instance) => {
      const profile = profiles.find(({ id }) => id === instance.profileId) ?? null
      return instance.computeInstances.map(({ name, sliceCount }) =>
        nodeDevice({ name, sliceCount, uuid: null }, profile),
      )
    }),
  }
}

function profilesOf(gpu: AnyGpuState, driverVersion: string): readonly GpuInstanceProfile[] {
  return completeGeometry(gpu, driverVersion)?.profiles ?? gpu.geometry?.profiles ?? []
}

/** Hopper's double-memory 1g has two profiles of one slice: a device is the one with all multiprocessors. */
function nodeDevice(
  device: Pick<NodeDevice, 'name' | 'uuid' | 'sliceCount'>,
  profile: GpuInstanceProfile | null,
): NodeDevice {
  const sizes = (profile?.computeInstanceProfiles ?? []).filter(
    ({ sliceCount }) => sliceCount === device.sliceCount,
  )
  const multiprocessors =
    sizes.length === 0 ? null : Math.max(...sizes.map((size) => size.multiprocessorCount))
  return { ...device, profile, multiprocessors }
}
