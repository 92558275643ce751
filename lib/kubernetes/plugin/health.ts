import type { MigChange, XidEvent } from '../../../types/machine/watch.js'
import type { GpuUuid } from '../../../types/model/state.js'
import type { OfferedDevice } from './offer.js'

/** What keeps devices from being given to pods. */
export interface Ailment {
  /** Null: any of the GPUs. */
  readonly gpu: GpuUuid | null
  /** Null, as the next: all of the GPU, or of the GPU instance. */
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
  readonly xid: number
  /** When it was seen last, in milliseconds of any clock. */
  readonly at: number
}

export interface HealthRules {
  readonly ignoredXids: ReadonlySet<number> | 'all'
  /** An ailment counts for so long. Null: until its instance, or the GPU, comes anew. */
  readonly recoverAfterMs: number | null
}

/** The ailments after these changes of the machine, and at this time. */
export function nextAilments(
  before: readonly Ailment[],
  changes: readonly MigChange[],
  rules: HealthRules,
  now: number,
): readonly Ailment[] {
  const { recoverAfterMs } = rules
  const lasting = before.filter(({ at }) => recoverAfterMs === null || now - at < recoverAfterMs)
  return changes.reduce<readonly Ailment[]>(
    (ailments, change) => afterChange(ailments, change, rules, now),
    lasting,
  )
}

function afterChange(
  ailments: readonly Ailment[],
  change: MigChange,
  rules: HealthRules,
  now: number,
): readonly Ailment[] {
  switch (change.kind) {
    case 'xid':
      return counts(change, rules) ? withXid(ailments, change, now) : ailments
    case 'gpu-found':
      return ailments.filter(({ gpu }) => gpu !== change.gpu)
    // The mode takes effect by a reset of the GPU, or ends all that ran there.
    case 'mig-mode':
      return change.before?.enabled === change.after?.enabled
        ? ailments
        : ailments.filter(({ gpu }) => gpu !== change.gpu)
    case 'gpu-instance-destroyed':
      return without(ailments, change.gpu, change.gpuInstance.id, null)
    case 'compute-instance-destroyed':
      return without(ailments, change.gpu, change.gpuInstance.id, change.computeInstance.id)
    case 'mig-device-destroyed': {
      const { gpuInstanceId, computeInstanceId } = change.migDevice
      return without(ailments, change.gpu, gpuInstanceId, computeInstanceId)
    }
    default:
      return ailments
  }
}

function counts({ xid }: XidEvent, { ignoredXids }: HealthRules): boolean {
  return ignoredXids !== 'all' && !ignoredXids.has(xid)
}

function withXid(
  ailments: readonly Ailment[],
  { gpu, gpuInstanceId, computeInstanceId, xid }: XidEvent,
  at: number,
): readonly Ailment[] {
  const found = { gpu, gpuInstanceId, computeInstanceId, xid, at }
  return [...ailments.filter((ailment) => !isSamePlace(ailment, found)), found]
}

function isSamePlace(a: Ailment, b: Ailment): boolean {
  return (
    a.gpu === b.gpu &&
    a.gpuInstanceId === b.gpuInstanceId &&
    a.computeInstanceId === b.computeInstanceId
  )
}

/** Ailments of an instance that is gone. Those of a whole GPU stay: a new instance does not mend it. */
function without(
  ailments: readonly Ailment[],
  gpu: GpuUuid,
  gpuInstanceId: number,
  computeInstanceId: number | null,
): readonly Ailment[] {
  return ailments.filter(
    (ailment) =>
      ailment.gpu !== gpu ||
      ailment.gpuInstanceId !== gpuInstanceId ||
      (computeInstanceId !== null && ailment.computeInstanceId !== computeInstanceId),
  )
}

/** What keeps a device from being given to pods. Null: nothing does. */
export function findAilment(
  device: Pick<OfferedDevice, 'gpu' | 'gpuInstanceId' | 'computeInstanceId'>,
  ailments: readonly Ailment[],
): Ailment | null {
  return (
    ailments.find(
      ({ gpu, gpuInstanceId, computeInstanceId }) =>
        (gpu === null || gpu === device.gpu) &&
        (gpuInstanceId === null || gpuInstanceId === device.gpuInstanceId) &&
        (computeInstanceId === null || computeInstanceId === device.computeInstanceId),
    ) ?? null
  )
}

/** The same in words. */
export function whyUnhealthy(
  device: Parameters<typeof findAilment>[0],
  ailments: readonly Ailment[],
): string | null {
  const found = findAilment(device, ailments)
  return found === null ? null : `Xid ${found.xid}`
}
