import type { DriverOptions } from '../../types/machine/options.js'
import type { MigState } from '../../types/model/state.js'
import { withSession } from './operation/with-session.js'

export function readMigState(options: DriverOptions = {}): Promise<MigState> {
  return withSession(options, (session) => session.readState(options))
}
