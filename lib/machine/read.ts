import type { ReadOptions } from '../../types/machine/options.js'
import type { MigState } from '../../types/model/state.js'
import { resolveLibrary, rootOf } from '../driver/connection/open-library.js'
import { deepFreeze } from '../model/freeze.js'
import { readDeviceNumbers } from '../system/device-numbers.js'
import { withOperation } from './operation/operation.js'

export async function readMigState(options: ReadOptions = {}): Promise<MigState> {
  const state = await withOperation(options, ({ session }) => session.readState(options))
  const root = options.root ?? rootOf(resolveLibrary(options.library))
  if (root === null) return state
  const minors = state.gpus.map(({ minorNumber }) => minorNumber)
  return deepFreeze({ ...state, deviceNumbers: readDeviceNumbers(root, minors) })
}
