// What filters and models mean is known only when the machine has been read: where they mean nothing, it
// need not be read again under the lock.
import { expect, test } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigConfigDocument } from '../../../../types/config/config.js'
import { InterruptedApply } from '../../../support/interrupted.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices } from '../../../support/wanted.js'

/** Of an H100, which is not there. */
const anotherModel: MigConfigDocument = {
  version: 'v1',
  'mig-configs': {
    x: [
      {
        ...{ devices: 'all', 'device-filter': '0x233010DE' },
        ...{ 'mig-enabled': true, 'mig-devices': { '1g.10gb': 7 } },
      },
    ],
  },
}

test('an entry that matches nothing costs one look at the machine', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  // The geometry is asked for once in a process.
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

test('what a crash has left is dealt with all the same', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  const report = await applyMigConfig(anotherModel, { library, matching: 'lenient' })
  expect(report.recovered.map(({ outcome }) => outcome)).toEqual(['undone', 'undone'])
  expect((await readMigState({ library })).gpus.map(countDevices)).toEqual(
    Array(2).fill({ '1g.5gb': 7 }),
  )
})

test('a hook may bring a GPU along: then the machine is read after it', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  const counts: number[] = []
  await applyMigConfig(anotherModel, {
    ...{ library, matching: 'lenient' },
    hooks: {
      version: 'v1',
      hooks: { 'apply-start': [() => void counts.push(machine.callCounts().total)] },
    },
  })
  expect(machine.callCounts().byFunction['nvmlDeviceGetMigMode']).toBe(2)
  expect(counts).toHaveLength(1)
})
