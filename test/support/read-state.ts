import { readMigState as read } from '../../lib/index.js'
import { requireListedState } from '../../lib/model/unlisted.js'
import type { DriverOptions } from '../../types/machine/options.js'
import type { ListedMigState } from '../../types/model/state.js'

/** `readMigState` of a machine on which the test may list everything. */
export async function readMigState(options: DriverOptions = {}): Promise<ListedMigState> {
  return requireListedState(await read(options), 'this test cannot go on')
}
