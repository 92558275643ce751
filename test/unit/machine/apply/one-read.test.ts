// Filters and models can be resolved only from a state of the machine. If they match nothing, the machine need not be
// read again under the lock.
import { expect, test } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigConfigDocument } from '../../../../types/config/config.js'
import { InterruptedApply } from '../../../support/interrupted.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices } from '../../../support/wanted.js'

/** A configuration for an H100, which this machine lacks. */
const anotherModel: MigConfigDocument = {
  version: 'v1',
  'mig-configs': {
    x: [
      {
        devices: 'all',
        'device-filter': '0x233010DE',
        'mig-enabled': true,
        'mig-devices': { '1g.10gb': 7 },
      },
    ],
  },
}

test('an entry that matches no GPU costs one read of the machine', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  // A process reads the geometry only once.
  await readMigState({ library })
  machine.resetCallCounts()
  await readMigState({ library })
  const once = machine.callCounts().total
  machine.resetCallCounts()
  const report = await applyMigConfig(anotherModel, { library, matching: 'lenient' })
  expect(report).toMatchObject({ outcome: 'unchanged', gpus: [] })
  expect(report.plan.warnings.join()).toMatch(/matches no GPU/)
  expect(machine.callCounts().total).toBe(once)
})

test('an entry that matches no GPU still cleans up after a crash', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  const report = await applyMigConfig(anotherModel, { library, matching: 'lenient' })
  expect(report.recovered.map(({ outcome }) => outcome)).toEqual(['undone', 'undone'])
  expect((await readMigState({ library })).gpus.map(countDevices)).toEqual(
    Array(2).fill({ '1g.5gb': 7 }),
  )
})

test('with hooks, the machine is read after them, because a hook may make a GPU appear', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  const counts: number[] = []
  await applyMigConfig(anotherModel, {
    library,
    matching: 'lenient',
    hooks: {
      version: 'v1',
      hooks: { 'apply-start': [() => void counts.push(machine.callCounts().total)] },
    },
  })
  expect(machine.callCounts().byFunction['nvmlDeviceGetMigMode']).toBe(2)
  expect(counts).toHaveLength(1)
})
