import type { DriverOptions } from '../../types/options.js'
import type { MigState } from '../../types/state.js'
import { withSession } from './with-session.js'

/**
 * How the machine is now: every GPU, its geometry, its instances.
 * Fails with `MIG_DRIVER_NOT_FOUND`, `MIG_NATIVE_UNAVAILABLE`, or the `NvmlError` of a failed call.
 */
export function readMigState(options: DriverOptions = {}): Promise<MigState> {
  return withSession(options, (session) => session.readState(options))
}
