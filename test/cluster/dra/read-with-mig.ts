import { applyMigConfig, readMigState } from '../../../lib/index.js'
import type { MigState } from '../../../types/model/state.js'
import { createRootedMachine } from '../../support/rooted-machine.js'

/** The state of a simulated machine with MIG on, and with these devices on each such GPU. */
export async function readWithMig(
  spec: string,
  devices: Readonly<Record<string, number>> = {},
  on: 'all' | readonly number[] = 'all',
): Promise<MigState> {
  using rooted = createRootedMachine(spec)
  const config = {
    version: 'v1',
    'mig-configs': { all: [{ devices: on, 'mig-enabled': true, 'mig-devices': devices }] },
  } as const
  await applyMigConfig(config, { library: rooted.machine.library })
  return await readMigState(rooted.options)
}
