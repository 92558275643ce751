import type { FailedGpu, MetricsOptions } from '../../../types/machine/metrics.js'
import type { GpuState, GpuUuid, LostGpu, MigState } from '../../../types/model/state.js'
import type { UsedMigState } from '../../../types/model/usage.js'
import type { DriverSession } from '../../driver/session.js'
import { isMigError, isNvmlError, toError } from '../../errors.js'
import { nvmlReturn } from '../../nvml-codes.js'
import { withOperation } from '../operation/operation.js'

/** What could be read of a machine. */
export interface Reading {
  /** Null: nothing. */
  readonly state: UsedMigState | null
  readonly failedGpus: readonly FailedGpu[]
  readonly failure: Error | null
}

/** A driver that cannot be read is a result, so that its metrics say so. Rejects when it is stopped. */
export async function readMachine(options: MetricsOptions): Promise<Reading> {
  try {
    return await withOperation(options, ({ session }) => readWith(session, options))
  } catch (error) {
    const isOfDriver = isNvmlError(error) || (isMigError(error) && error.code !== 'ABORT_ERR')
    if (!isOfDriver) throw error
    return { state: null, failedGpus: [], failure: error }
  }
}

/** One GPU that fails keeps the whole machine from being read at once, and must not hide the others. */
async function readWith(session: DriverSession, options: MetricsOptions): Promise<Reading> {
  const { driverVersion } = session
  try {
    const { gpus, lostGpus } = await session.readState(options)
    return await withUsage(session, { driverVersion, gpus, lostGpus }, [])
  } catch (error) {
    if (!isNvmlError(error)) throw error
    const { gpus, lostGpus, failedGpus } = await readEachGpu(session, options)
    if (gpus.length === 0) throw error
    return await withUsage(session, { driverVersion, gpus, lostGpus }, failedGpus)
  }
}

async function withUsage(
  session: DriverSession,
  state: MigState,
  failedGpus: readonly FailedGpu[],
): Promise<Reading> {
  const usage = await session.readUsage(state.gpus)
  return { state: { ...state, usage }, failedGpus, failure: failedGpus[0]?.failure ?? null }
}

interface EachGpu {
  readonly gpus: readonly GpuState[]
  readonly lostGpus: readonly LostGpu[]
  readonly failedGpus: readonly FailedGpu[]
}

async function readEachGpu(session: DriverSession, options: MetricsOptions): Promise<EachGpu> {
  const gpus: GpuState[] = []
  const lostGpus: LostGpu[] = []
  const failedGpus: FailedGpu[] = []
  for (let index = 0; index < mostGpus; index++) {
    let uuid: GpuUuid | null = null
    try {
      uuid = await session.readUuid(index, options)
      const gpu = await session.readGpu(uuid, options)
      if (gpu === null) lostGpus.push({ index, uuid })
      else gpus.push(gpu)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (uuid === null && hasReturned(error, nvmlReturn.invalidArgument)) break
      if (hasReturned(error, nvmlReturn.gpuIsLost)) lostGpus.push({ index, uuid })
      else failedGpus.push({ gpu: uuid, gpuIndex: index, failure: toError(error) })
    }
  }
  return { gpus, lostGpus, failedGpus }
}

/** More than a driver has. NVML's indexes have no gaps. */
const mostGpus = 248

function hasReturned(error: unknown, ret: number): boolean {
  return isNvmlError(error) && error.ret === ret
}
