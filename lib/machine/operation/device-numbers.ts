import type { ReadOptions } from '../../../types/machine/options.js'
import type { MigState } from '../../../types/model/state.js'
import { resolveLibrary, rootOf } from '../../driver/connection/open-library.js'
import { deepFreeze } from '../../model/freeze.js'
import { readDeviceNumbers } from '../../system/device-numbers.js'

/** The state with the numbers of its device nodes as they are now. */
export function withDeviceNumbers<State extends MigState>(
  state: State,
  options: Pick<ReadOptions, 'root' | 'library'>,
): State {
  const root = options.root ?? rootOf(resolveLibrary(options.library))
  if (root === null) return state
  const minors = state.gpus.map(({ minorNumber }) => minorNumber)
  return deepFreeze({ ...state, deviceNumbers: readDeviceNumbers(root, minors) })
}
