import type { DriverOptions } from '../../types/machine/options.js'
import type { MigState } from '../../types/model/state.js'
import { withOperation } from './operation/operation.js'

export function readMigState(options: DriverOptions = {}): Promise<MigState> {
  return withOperation(options, ({ session }) => session.readState(options))
}
