import { expect, test } from 'vitest'
import {
  applyMigConfig,
  listMigDevices,
  planMigConfig,
  readMigState,
} from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigUuid } from '../../../../types/model/state.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { wantOnAll } from '../../../support/wanted.js'

async function withSevenDevices(): Promise<{
  readonly machine: SimulatedMachine
  readonly uuidAt: (start: number) => MigUuid
}> {
  const machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library })
  const devices = listMigDevices(await readMigState({ library }))
  return {
    machine,
    uuidAt(start) {
      const uuid = devices.find(({ placement }) => placement?.start === start)?.uuid
      if (uuid == null) throw new Error(`no device at ${start}`)
      return uuid
    },
  }
}

test('devices that a scheduler has given away stay, where the plan has a way around them', async () => {
  const { machine, uuidAt } = await withSevenDevices()
  using _ = machine
  const { library } = machine
  // Three devices would go without them: those at 4, 5 and 6.
  const inUse = [4, 5, 6].map(uuidAt)
  const { gpus } = await applyMigConfig(wantOnAll({ '3g.20gb': 1, '1g.5gb': 3 }), {
    library,
    inUse,
  })
  expect(gpus[0]?.devices.kept).toEqual(expect.arrayContaining(inUse))
})

test('a device that was given away is not destroyed, and the error says that its owner has it', async () => {
  const { machine, uuidAt } = await withSevenDevices()
  using _ = machine
  const { library } = machine
  machine.resetCallCounts()
  const error = await rejectionOf(
    applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library, inUse: [uuidAt(2)] }),
  )
  expect(error.code).toBe('MIG_IN_USE')
  expect(error.message).toMatch(/its owner, as inUse says/)
  expect(machine.callCounts().changing).toBe(0)
})

test('a plan with evict names the devices that were given away and have to go', async () => {
  const { machine, uuidAt } = await withSevenDevices()
  using _ = machine
  const { library } = machine
  const options = { library, evict: true, inUse: [uuidAt(2)] }
  const { gpus } = await planMigConfig(wantOnAll({ '7g.40gb': 1 }), options)
  expect(gpus[0]?.evicted).toMatchObject([{ pid: 0, foundBy: [] }])
})
