import type { Geometry } from '../../../types/model/geometry.js'
import type { GpuInfo, GpuUuid } from '../../../types/model/state.js'
import { untilAborted } from '../../model/abort.js'
import { isMigBoard } from '../../model/catalog.js'
import { findMissingProfiles } from '../../model/geometry.js'
import { nvmlCodeName, nvmlReturn } from '../../nvml-codes.js'
import { failureError, unwrap } from '../addon/outcome.js'
import type { Connection } from '../connection/connection.js'

/** If a driver contradicts itself more often, its GPU counts as unreadable. */
const mostReads = 3

export interface DoubtedRead<T> {
  /** Each GPU as it was read last. */
  readonly lastSeen: ReadonlyMap<GpuUuid, GpuInfo>
  readonly read: () => Promise<T>
  readonly gpusOf: (result: T) => readonly GpuInfo[]
  readonly signal: AbortSignal | undefined
}

/**
 * Reads until the driver reports the mode of every GPU that is known to have MIG, and once more if a profile
 * of a board is missing. Otherwise, a driver that answers NOT_SUPPORTED once, or has lost the function, would
 * make a GPU with instances look like one without MIG, or without instances. Rejects with the `NvmlError`
 * of `nvmlDeviceGetMigMode`.
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
      const lacking = gpus.filter((gpu) => newlyLacksProfiles(gpu, connection.driverVersion))
      if (lacking.length === 0 || reads === mostReads) return result
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

/** Whether the driver leaves out profiles of a GPU for the first time, so that a second read is due. */
function newlyLacksProfiles(gpu: GpuInfo, driverVersion: string): boolean {
  const { geometry, uuid } = gpu
  if (geometry !== null && complete.has(geometry)) return false
  const missing = findMissingProfiles(gpu, driverVersion)
  if (missing.length === 0) {
    if (geometry !== null) complete.add(geometry)
    return false
  }
  const said = `${uuid} ${driverVersion} ${missing}`
  if (leftOut.has(said)) return false
  leftOut.add(said)
  return true
}
