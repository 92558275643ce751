import { isDeepStrictEqual } from 'node:util'
import type { GpuPresenceChange, MigChange } from '../../../types/machine/watch.js'
import type {
  AnyGpuState,
  GpuInstance,
  GpuState,
  MigState,
  VisibleMigDevice,
} from '../../../types/model/state.js'
import { deepFreeze } from '../../model/freeze.js'
import { isSameComputeInstance, isSameGpuInstance, listSeenDevices } from '../../model/state.js'
import { isListed } from '../../model/unlisted.js'

/** The changes from one state to the next. A GPU that is the same object has not changed. */
export function listChanges(before: MigState, after: MigState): readonly MigChange[] {
  return [
    ...listDepartures(before, after),
    ...after.gpus.flatMap((gpu) => {
      const earlier = before.gpus.find(({ uuid }) => uuid === gpu.uuid)
      if (earlier === undefined) return [presence('gpu-found', gpu)]
      return earlier === gpu ? [] : listGpuChanges(earlier, gpu)
    }),
  ]
}

function listDepartures(before: MigState, after: MigState): readonly GpuPresenceChange[] {
  const departed = before.gpus
    .filter(({ uuid }) => after.gpus.every((gpu) => gpu.uuid !== uuid))
    .map((gpu) => presence(isLost(gpu, after) ? 'gpu-lost' : 'gpu-gone', gpu))
  const lostSince = after.lostGpus
    .filter((lost) => !isLost(lost, before) && before.gpus.every((gpu) => !isSameGpu(gpu, lost)))
    .map((lost) => presence('gpu-lost', lost))
  const goneSince = before.lostGpus
    .filter((lost) => !isLost(lost, after) && after.gpus.every((gpu) => !isSameGpu(gpu, lost)))
    .map((lost) => presence('gpu-gone', lost))
  return [...departed, ...lostSince, ...goneSince]
}

interface KnownGpu {
  readonly index: number
  readonly uuid: GpuState['uuid'] | null
}

/** Compares indexes if a lost GPU has no UUID any more. */
function isSameGpu(a: KnownGpu, b: KnownGpu): boolean {
  return a.uuid === null || b.uuid === null ? a.index === b.index : a.uuid === b.uuid
}

function isLost(gpu: KnownGpu, { lostGpus }: MigState): boolean {
  return lostGpus.some((lost) => isSameGpu(lost, gpu))
}

function presence(kind: GpuPresenceChange['kind'], { uuid, index }: KnownGpu): GpuPresenceChange {
  return { kind, gpu: uuid, gpuIndex: index }
}

/** The mode first, then what was destroyed, then what was created. */
function listGpuChanges(before: AnyGpuState, after: AnyGpuState): readonly MigChange[] {
  const on = { gpu: after.uuid, gpuIndex: after.index }
  const changes: MigChange[] = []
  if (before.mig?.enabled !== after.mig?.enabled || before.mig?.pending !== after.mig?.pending)
    changes.push({ kind: 'mig-mode', ...on, before: before.mig, after: after.mig })
  return [
    ...changes,
    ...(isListed(before) && isListed(after)
      ? listInstanceChanges(before, after)
      : listDeviceChanges(before, after)),
  ]
}

function listInstanceChanges(before: GpuState, after: GpuState): readonly MigChange[] {
  const on = { gpu: after.uuid, gpuIndex: after.index }
  const changes: MigChange[] = []
  for (const gpuInstance of before.gpuInstances) {
    const later = findSame(gpuInstance, after)
    for (const computeInstance of missingIn(later, gpuInstance))
      changes.push({ kind: 'compute-instance-destroyed', ...on, gpuInstance, computeInstance })
    if (later === undefined) changes.push({ kind: 'gpu-instance-destroyed', ...on, gpuInstance })
  }
  for (const gpuInstance of after.gpuInstances) {
    const earlier = findSame(gpuInstance, before)
    if (earlier === undefined) changes.push({ kind: 'gpu-instance-created', ...on, gpuInstance })
    for (const computeInstance of missingIn(earlier, gpuInstance))
      changes.push({ kind: 'compute-instance-created', ...on, gpuInstance, computeInstance })
  }
  return changes
}

/** The changes that can be seen if instances were not listed before, or are not listed now. */
function listDeviceChanges(before: AnyGpuState, after: AnyGpuState): readonly MigChange[] {
  const on = { gpu: after.uuid, gpuIndex: after.index }
  const listed = isListed(after)
  const listing = listed ? 'instances-listed' : 'instances-unlisted'
  const [earlier, now] = [listSeenDevices(before), listSeenDevices(after)]
  return [
    ...(isListed(before) === listed ? [] : [{ kind: listing, ...on } as const]),
    ...earlier
      .filter((device) => !now.some((other) => isSameDevice(device, other)))
      .map((migDevice) => ({ kind: 'mig-device-destroyed', ...on, migDevice }) as const),
    ...now
      .filter((device) => !earlier.some((other) => isSameDevice(device, other)))
      .map((migDevice) => ({ kind: 'mig-device-created', ...on, migDevice }) as const),
  ]
}

/** A list of instances and the handle of a MIG device report different fields of it. */
function isSameDevice(a: VisibleMigDevice, b: VisibleMigDevice): boolean {
  return (
    a.gpuInstanceId === b.gpuInstanceId &&
    a.computeInstanceId === b.computeInstanceId &&
    (['uuid', 'profileId', 'sliceCount'] as const).every(
      (key) => a[key] === null || b[key] === null || a[key] === b[key],
    )
  )
}

function findSame(instance: GpuInstance, gpu: GpuState): GpuInstance | undefined {
  return gpu.gpuInstances.find((there) => isSameGpuInstance(there, instance))
}

/** Compute instances of `instance` that `other` does not have. */
function missingIn(
  other: GpuInstance | undefined,
  instance: GpuInstance,
): GpuInstance['computeInstances'] {
  return instance.computeInstances.filter(
    (part) =>
      other === undefined ||
      other.computeInstances.every((there) => !isSameComputeInstance(there, part)),
  )
}

/** `after`, with the same objects as in `before` for GPUs on which nothing has changed. */
export function keepUnchanged(before: MigState, after: MigState): MigState {
  if (after.gpus.every((gpu) => before.gpus.includes(gpu))) return after
  const gpus = after.gpus.map((gpu) => {
    const earlier = before.gpus.find(({ uuid }) => uuid === gpu.uuid)
    return earlier !== undefined && isDeepStrictEqual(earlier, gpu) ? earlier : gpu
  })
  return deepFreeze({ ...after, gpus })
}
