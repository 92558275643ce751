import { describe, expect, test } from 'vitest'
import { applyMigConfig, planMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices, wantOnAll } from '../../../support/wanted.js'

const fourAndThree = wantOnAll({ '4g.20gb': 1, '3g.20gb': 1 })

// MIG User Guide: four slices beside three are possible from R510 on.
describe.each(['450.80.02', '470.42.01', 'R495'])('driver %s, before R510', (driver) => {
  test.each([
    ['A100-SXM4-40GB +mig', fourAndThree],
    ['A100-SXM4-80GB +mig', wantOnAll({ '4g.40gb': 1, '3g.40gb': 1 })],
    ['A100-SXM4-40GB', fourAndThree],
    ['A100-SXM4-40GB +mig', wantOnAll({ '4g.20gb': 1, '1c.3g.20gb': 2 })],
  ])(
    'a 4g beside a 3g on an %s is refused before R510, before anything changes',
    async (model, document) => {
      using machine = createSimulatedMachine(model, { driver })
      const { library } = machine
      const error = await rejectionOf(applyMigConfig(document, { library }))
      expect(error.code).toBe('MIG_PARTITION_INFEASIBLE')
      const version = (await readMigState({ library })).driverVersion
      expect(error.message).toContain(`R510 or later; this one is ${version}`)
      expect(error.issues).toMatchObject([{ path: ['mig-configs', 'wanted', 0, 'mig-devices'] }])
      expect(machine.callCounts().changing).toBe(0)
      expect((await rejectionOf(planMigConfig(document, { library }))).code).toBe(error.code)
    },
  )

  test.each([[{ '3g.20gb': 2 }], [{ '4g.20gb': 1, '2g.10gb': 1, '1g.5gb': 1 }]])(
    'a driver before R510 makes %j, which is not 4g beside 3g',
    async (devices) => {
      using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { driver })
      const { library } = machine
      await applyMigConfig(wantOnAll(devices), { library })
      expect((await readMigState({ library })).gpus.map(countDevices)).toEqual([devices])
    },
  )
})

test('pre-apply hooks do not run for a 4g beside a 3g that the driver cannot make', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { driver: '470.42.01' })
  const ran: string[] = []
  const work = applyMigConfig(fourAndThree, {
    library: machine.library,
    hooks: { version: 'v1', hooks: { 'pre-apply-config': [() => void ran.push('ran')] } },
  })
  expect((await rejectionOf(work)).code).toBe('MIG_PARTITION_INFEASIBLE')
  expect(ran).toEqual([])
})

test.each(['R510', 'R580'])('driver %s makes a 4g beside a 3g', async (driver) => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { driver })
  const { library } = machine
  await applyMigConfig(fourAndThree, { library })
  expect((await readMigState({ library })).gpus.map(countDevices)).toEqual([
    { '4g.20gb': 1, '3g.20gb': 1 },
  ])
})
