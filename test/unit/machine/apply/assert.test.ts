import { expect, test } from 'vitest'
import { assertMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigConfigDocument } from '../../../../types/config/config.js'

const absent: MigConfigDocument = {
  version: 'v1',
  'mig-configs': { x: [{ devices: [7], 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }] },
}

test('assertMigConfig rejects an entry that matches no GPU; with lenient matching it only warns', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const library = machine.library
  await expect(assertMigConfig(absent, { library })).rejects.toMatchObject({
    code: 'MIG_ENTRY_MATCHES_NO_GPU',
  })
  expect(await assertMigConfig(absent, { library, matching: 'lenient' })).toMatchObject({
    matches: true,
    gpus: [],
    warnings: [expect.stringContaining('names GPU 7, which is not here'), ...[]],
  })
})
