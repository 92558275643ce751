import { describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices, wantOnAll } from '../../../support/wanted.js'

// Before R550 a driver reports the profiles of a GPU only with MIG mode on, so plans made with the mode off rest on the
// catalog.
describe('a driver that reports no profiles while MIG mode is off', () => {
  test.each([
    ['450.80.02', { '1c.3g.20gb': 2 }],
    ['470.42.01', { '1c.7g.40gb': 3, '2c.7g.40gb': 2 }],
    ['R510', { '2g.10gb': 3 }],
    ['R525', { '1c.3g.20gb': 2, '1g.10gb': 1 }],
    ['R535', { '1g.5gb+me': 1, '1g.5gb': 6 }],
  ])('driver %s is brought from MIG off to %j', async (driver, devices) => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { driver })
    const library = machine.library
    expect((await readMigState({ library })).gpus[0]?.geometry).toBeNull()
    await applyMigConfig(wantOnAll(devices), { library })
    const [gpu] = (await readMigState({ library })).gpus
    expect(gpu && countDevices(gpu)).toEqual(devices)
  })

  test.each([
    ['450.80.02', '1g.5gb+me'],
    ['470.42.01', '1g.10gb'],
    ['R520', '1g.10gb'],
  ])(
    'driver %s has no %s yet, and an apply that wants it does not change the mode',
    async (driver, name) => {
      using machine = createSimulatedMachine('A100-SXM4-40GB', { driver })
      const library = machine.library
      await expect(applyMigConfig(wantOnAll({ [name]: 1 }), { library })).rejects.toMatchObject({
        code: 'MIG_PROFILE_UNKNOWN',
      })
      expect(machine.callCounts().changing).toBe(0)
    },
  )
})
