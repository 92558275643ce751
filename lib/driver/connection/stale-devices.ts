import type { AnyGpuState, GpuState, GpuUuid } from '../../../types/model/state.js'

// NVML sessions have gone on showing the MIG devices of their beginning after another process had changed
// the layout (NVIDIA/libcudacxx#224, Project-HAMi/HAMi#1950). The lists of instances were right; UUIDs of MIG
// devices may be missing or out of date. The remedy is to initialise NVML again. That takes seconds on a GPU
// without persistence mode, so it needs a sign of stale devices.

interface Seen {
  readonly gpu: GpuState
  /** How many changes this thread had made to the GPU at that time. */
  readonly changes: number
}

interface SeenMachine {
  readonly gpus: Map<GpuUuid, Seen>
  readonly changes: Map<GpuUuid, number>
  /** The driver has sent an event about a new layout since the last read. */
  isAnnounced: boolean
}

const machines = new Map<string, SeenMachine>()

function seenOf(machine: string): SeenMachine {
  const seen = machines.get(machine) ?? { gpus: new Map(), changes: new Map(), isAnnounced: false }
  machines.set(machine, seen)
  return seen
}

/** A session sees the changes that it makes itself. */
export function noteOwnChange(machine: string, gpu: GpuUuid): void {
  const { changes } = seenOf(machine)
  changes.set(gpu, (changes.get(gpu) ?? 0) + 1)
}

/** The driver has sent an event: some process has created or destroyed instances. */
export function noteLayoutEvent(machine: string): void {
  seenOf(machine).isAnnounced = true
}

/** For a machine without an open session of this thread: the next session begins afresh. */
export function forgetMachine(machine: string): void {
  machines.delete(machine)
}

/**
 * Remembers GPUs as they were just read. True: this thread's NVML may not know their MIG devices. For GPUs
 * whose instances this process may not list, only an event of the driver is a sign of that.
 */
export function maySeeStaleDevices(machine: string, gpus: readonly AnyGpuState[]): boolean {
  const seen = seenOf(machine)
  const isAnnounced = seen.isAnnounced && gpus.some(({ gpuInstances }) => gpuInstances === null)
  seen.isAnnounced = false
  const doubtful = gpus
    .filter((gpu) => gpu.gpuInstances !== null)
    .map((gpu) => {
      const before = seen.gpus.get(gpu.uuid)
      const changes = seen.changes.get(gpu.uuid) ?? 0
      seen.gpus.set(gpu.uuid, { gpu, changes })
      if (before === undefined || before.gpu === gpu) return false
      const others = before.changes === changes
      return (
        missesUuids(gpu, before.gpu) ||
        (others && reusesIds(gpu.gpuInstances, before.gpu.gpuInstances))
      )
    })
    .some((may) => may)
  return doubtful || isAnnounced
}

/** A UUID that was missing before is no sign: this process may not see the device. */
function missesUuids(gpu: GpuState, before: GpuState): boolean {
  const missing = ({ gpuInstances }: GpuState): ReadonlySet<string> =>
    new Set(
      gpuInstances.flatMap(({ id, computeInstances }) =>
        computeInstances.filter(({ uuid }) => uuid === null).map((each) => `${id}/${each.id}`),
      ),
    )
  const known = missing(before)
  return [...missing(gpu)].some((device) => !known.has(device))
}

interface Instance {
  readonly id: number
  readonly profileId: number
  readonly placement: GpuState['gpuInstances'][number]['placement'] | null
  readonly computeInstances?: readonly Instance[]
}

/** A new instance has the id of an old one, so what NVML reports for the id may be about the old instance. */
function reusesIds(now: readonly Instance[], before: readonly Instance[]): boolean {
  return now.some((instance) => {
    const old = before.find(({ id }) => id === instance.id)
    if (old === undefined) return false
    return (
      old.profileId !== instance.profileId ||
      old.placement?.start !== instance.placement?.start ||
      reusesIds(instance.computeInstances ?? [], old.computeInstances ?? [])
    )
  })
}
