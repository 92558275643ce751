import type { FailedGpu, MetricsOptions } from '../../../types/machine/metrics.js'
import type { GpuState, GpuUuid, LostGpu, MigState } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { isMigError, isNvmlError, toError } from '../../errors.js'
import { nvmlReturn } from '../../nvml-codes.js'
import { withOperation } from '../operation/operation.js'
import { readMigState } from '../read.js'

/** What could be read of a machine. */
export interface Reading {
  /** Null: nothing. */
  readonly state: MigState | null
  readonly failedGpus: readonly FailedGpu[]
  readonly failure: Error | null
}

/** A driver that cannot be read is a result, so that its metrics say so. Rejects when it is stopped. */
export async function readMachine(options: MetricsOptions): Promise<Reading> {
  try {
    const state = await readMigState({ ...options, processes: true })
    return { state, failedGpus: [], failure: null }
  } catch (error) {
    if (isNvmlError(error)) return readOneByOne(options, error)
    if (!isMigError(error) || error.code === 'ABORT_ERR') throw error
    return { state: null, failedGpus: [], failure: error }
  }
}

/** One GPU that fails keeps the whole machine from being read at once, and must not hide the others. */
async function readOneByOne(options: MetricsOptions, failure: Error): Promise<Reading> {
  try {
    return await withOperation(options, async ({ session }) => {
      const found = await readEachGpu(session)
      if (found.gpus.length === 0) return { state: null, failedGpus: [], failure }
      const { gpus, lostGpus, failedGpus } = found
      const usage = await session.readUsage(gpus)
      const state = { driverVersion: session.driverVersion, gpus, lostGpus, usage }
      return { state, failedGpus, failure: failedGpus[0]?.failure ?? null }
    })
  } catch (error) {
    if (isMigError(error) && error.code === 'ABORT_ERR') throw error
    return { state: null, failedGpus: [], failure }
  }
}

interface EachGpu {
  readonly gpus: readonly GpuState[]
  readonly lostGpus: readonly LostGpu[]
  readonly failedGpus: readonly FailedGpu[]
}

async function readEachGpu(session: DriverSession): Promise<EachGpu> {
  const gpus: GpuState[] = []
  const lostGpus: LostGpu[] = []
  const failedGpus: FailedGpu[] = []
  for (let index = 0; index < mostGpus; index++) {
    let uuid: GpuUuid | null = null
    try {
      uuid = await session.readUuid(index)
      const gpu = await session.readGpu(uuid)
      if (gpu === null) lostGpus.push({ index, uuid })
      else gpus.push(gpu)
    } catch (error) {
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
