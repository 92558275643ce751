import type { DriverOptions } from '../../types/options.js'
import type { MigState } from '../../types/state.js'
import { withSession } from './with-session.js'

export function readMigState(options: DriverOptions = {}): Promise<MigState> {
  return withSession(options, (session) => session.readState(options))
}
