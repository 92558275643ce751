import type { GpuInfo, GpuUuid } from '../../types/model/state.js'
import { isMigBoard } from '../model/catalog.js'
import { nvmlCodeName, nvmlReturn } from '../nvml-codes.js'
import { untilAborted } from './abort.js'
import { newlyLacksProfiles } from './doubted-profiles.js'
import type { NativeSession } from './native-session.js'
import { failureError, unwrap } from './outcome.js'

/** A driver that contradicts itself more often than that makes its GPU unreadable. */
const mostReads = 3

/**
 * Reads until every GPU that is known to do MIG says its mode, and again where a profile of its board is
 * missing. A driver that answers NOT_SUPPORTED once, or has lost the function, would else make a GPU with
 * instances one that cannot do MIG, or that has none of them. Rejects with the `NvmlError` of
 * `nvmlDeviceGetMigMode`.
 */
export async function readWithoutDoubt<T>(
  native: Pick<NativeSession, 'run' | 'driverVersion'>,
  lastSeen: ReadonlyMap<GpuUuid, GpuInfo>,
  read: () => Promise<T>,
  gpusOf: (result: T) => readonly GpuInfo[],
  signal?: AbortSignal,
): Promise<T> {
  for (let reads = 1; ; reads++) {
    const result = await read()
    const gpus = gpusOf(result)
    const doubtful = gpus.find((gpu) => isDoubtful(gpu, lastSeen))
    if (doubtful !== undefined) {
      await untilAborted(askAgain(native, doubtful, reads === mostReads), signal)
    } else {
      const lacking = gpus.filter((gpu) => newlyLacksProfiles(gpu, native.driverVersion))
      if (lacking.length === 0 || reads === mostReads) return result
      await untilAborted(forgetProfiles(native), signal)
    }
  }
}

async function forgetProfiles({ run }: Pick<NativeSession, 'run'>): Promise<void> {
  unwrap(await run((addon, session) => addon.forgetProfiles(session)))
}

function isDoubtful(
  { uuid, mig, pciDeviceId, name }: GpuInfo,
  lastSeen: ReadonlyMap<GpuUuid, GpuInfo>,
): boolean {
  if (mig !== null) return false
  return lastSeen.get(uuid)?.mig != null || isMigBoard(pciDeviceId, name)
}

/** Returns where the driver says the mode now, unless that does not help any more. */
async function askAgain(
  { run }: Pick<NativeSession, 'run'>,
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
    `${failure.fn} on GPU ${index} (${uuid}): ${nvmlCodeName(failure.ret)}, though ${name} can do MIG: its mode is not known`,
  )
}
