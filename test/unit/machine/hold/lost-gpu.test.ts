import { expect, test } from 'vitest'
import { applyMigConfig, readMigState, withMigConfig } from '../../../../lib/index.js'
import { requireListed } from '../../../../lib/model/unlisted.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { configure } from '../../../support/configure.js'
import { placesOf } from '../../../support/wanted.js'

test('a lost GPU that the configuration does not name does not stop the restore', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(configure({ '2g.10gb': 3 }), { library })
  const before = (await readMigState({ library })).gpus.slice(0, 1).map(requireListed).map(placesOf)
  machine.loseGpu(1)
  const devices = await withMigConfig(
    configure({ '1g.5gb': 7 }),
    ({ after }) => after.gpus[0]?.gpuInstances.length,
    { library },
  )
  expect(devices).toBe(7)
  expect((await readMigState({ library })).gpus.map(requireListed).map(placesOf)).toEqual(before)
})
