import type { DriverOptions, ReadOptions } from '../../types/machine/options.js'
import type { MigState } from '../../types/model/state.js'
import type { UsedMigState } from '../../types/model/usage.js'
import type { ListedGpu } from '../driver/device-list.js'
import type { DriverSession } from '../driver/session.js'
import { deepFreeze } from '../model/freeze.js'
import { withDeviceNumbers } from './operation/device-numbers.js'
import { withOperation } from './operation/operation.js'

export function readMigState(
  options: ReadOptions & { readonly processes: true },
): Promise<UsedMigState>
export function readMigState(options?: ReadOptions): Promise<MigState>
export async function readMigState(options: ReadOptions = {}): Promise<MigState> {
  const state = await withOperation(options, ({ session }) => readWith(session, options))
  return withDeviceNumbers(state, options)
}

/** What `status` shows of a driver. */
export interface MachineStatus {
  readonly state: MigState | UsedMigState
  /** Null: this machine has no CUDA library. */
  readonly cudaVersion: string | null
}

export function readMachineStatus(options: ReadOptions): Promise<MachineStatus> {
  return withOperation(options, async ({ session }) => ({
    state: await readWith(session, options),
    cudaVersion: await session.readCudaVersion(options),
  }))
}

/** The GPUs and MIG devices in the order of NVML's indexes. */
export function listDevices(options: DriverOptions): Promise<readonly ListedGpu[]> {
  return withOperation(options, ({ session }) => session.listDevices(options))
}

async function readWith(
  session: DriverSession,
  options: ReadOptions,
): Promise<MigState | UsedMigState> {
  const state = await session.readState(options)
  if (options.processes !== true) return state
  return deepFreeze({ ...state, usage: await session.readUsage(state.gpus, options) })
}
