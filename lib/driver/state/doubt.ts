import type { Geometry } from '../../../types/model/geometry.js'
import type { AnyGpuState, GpuInfo, GpuUuid } from '../../../types/model/state.js'
import { untilAborted } from '../../model/abort.js'
import { isMigBoard } from '../../model/catalog.js'
import { findMissingProfiles } from '../../model/geometry.js'
import { nvmlCodeName, nvmlReturn } from '../../nvml-codes.js'
import { failureError, unwrap } from '../addon/outcome.js'
import type { Connection } from '../connection/connection.js'
import { findHiddenInstance, hiddenError } from './hidden-instances.js'

/** If a driver contradicts itself more often, its GPU counts as unreadable. */
const mostReads = 3

export interface DoubtedRead<T> {
  /** Each GPU as it was read last. */
  readonly lastSeen: ReadonlyMap<GpuUuid, GpuInfo>
  readonly read: () => Promise<T>
  readonly gpusOf: (result: T) => readonly AnyGpuState[]
  readonly signal: AbortSignal | undefined
}

/**
 * Reads until the driver reports the mode of every GPU that is known to have MIG, and once more if a profile of a board is
 * missing. Where that stays so, no MIG device may be in an instance that is not listed. Otherwise, a driver that answers
 * NOT_SUPPORTED once, or has lost the function, would make a GPU with instances look like one without MIG, or without
 * instances. Rejects with the `NvmlError` of `nvmlDeviceGetMigMode` or `nvmlDeviceGetGpuInstanceProfileInfo`.
 */
export async function readWithoutDoubt<T>(
  connection: Pick<Connection, 'run' | 'driverVersion'>,
  { lastSeen, read, gpusOf, signal }: DoubtedRead<T>,
): Promise<T> {
  for (let reads = 1; ; reads++) {
    const result = await read()
    const gpus = gpusOf(result)
    const doubtful = gpus.find((gpu) => isDoubtful(gpu, lastSeen))
    if (doubtful !== undefined) {
      await untilAborted(askAgain(connection, doubtful, reads === mostReads), signal)
    } else {
      const { driverVersion } = connection
      const isNew = gpus.some((gpu) => newlyLacksProfiles(gpu, driverVersion))
      if (!isNew || reads === mostReads) {
        const lacking = gpus.filter((gpu) => gpu.mig?.enabled && lacksProfiles(gpu, driverVersion))
        const hidden = await untilAborted(findHiddenInstance(connection, lacking), signal)
        if (hidden === null) return result
        if (reads === mostReads) throw hiddenError(hidden)
      }
      await untilAborted(forgetProfiles(connection), signal)
    }
  }
}

async function forgetProfiles({ run }: Pick<Connection, 'run'>): Promise<void> {
  unwrap(await run((addon, session) => addon.forgetProfiles(session)))
}

function isDoubtful(
  { uuid, mig, pciDeviceId, name }: GpuInfo,
  lastSeen: ReadonlyMap<GpuUuid, GpuInfo>,
): boolean {
  if (mig !== null) return false
  return lastSeen.get(uuid)?.mig != null || isMigBoard(pciDeviceId, name)
}

/** Resolves if the driver reports the mode now, and reads are left. */
async function askAgain(
  { run }: Pick<Connection, 'run'>,
  { uuid, index, name }: GpuInfo,
  isLast: boolean,
): Promise<void> {
  const outcome = await run((addon, session) => addon.deviceGetMigMode(session, uuid))
  if (outcome.ok && !isLast) return
  const failure = outcome.ok
    ? { ok: false as const, ret: nvmlReturn.notSupported, fn: 'nvmlDeviceGetMigMode' }
    : outcome
  throw failureError(
    failure,
    { gpu: uuid },
    `${failure.fn} on GPU ${index} (${uuid}): ${nvmlCodeName(failure.ret)}, though ${name} can do MIG; its mode is unknown`,
  )
}

// GPU instances are listed by profile, so a profile that the driver leaves out would hide its instances.

const complete = new WeakSet<Geometry>()

/** What a driver has left out before. The second time it is believed, because boards differ. */
const leftOut = new Set<string>()

function lacksProfiles(gpu: GpuInfo, driverVersion: string): boolean {
  const { geometry } = gpu
  if (geometry !== null && complete.has(geometry)) return false
  if (findMissingProfiles(gpu, driverVersion).length > 0) return true
  if (geometry !== null) complete.add(geometry)
  return false
}

/** Whether the driver leaves out profiles of a GPU for the first time, so that a second read is due. */
function newlyLacksProfiles(gpu: GpuInfo, driverVersion: string): boolean {
  if (!lacksProfiles(gpu, driverVersion)) return false
  const { uuid } = gpu
  const missing = findMissingProfiles(gpu, driverVersion)
  const said = `${uuid} ${driverVersion} ${missing}`
  if (leftOut.has(said)) return false
  leftOut.add(said)
  return true
}
