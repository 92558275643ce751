// Processes that block the undo of an interrupted mode change.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { applyMigConfig, readMigState, recoverMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { wantOnAll } from '../../../support/wanted.js'

/** MIG was turned on; the driver refused the first GPU instance, and then to turn MIG off again. */
async function leaveModeOn(): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine('H100-80GB-SXM', { store: join(fakeRoot(), 'machine') })
  const { library } = machine
  const error = 'NVML_ERROR_UNKNOWN'
  machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', times: 100, error })
  machine.fail({ fn: 'nvmlDeviceSetMigMode', nth: 2, times: 100, error })
  const { report } = await rejectionOf(applyMigConfig(wantOnAll({ '1g.10gb': 7 }), { library }))
  expect(report?.outcome).toBe('failed')
  machine.clearFaults()
  const [gpu] = (await readMigState({ library })).gpus
  expect([gpu?.mig?.enabled, gpu?.gpuInstances]).toEqual([true, []])
  return machine
}

test('recovery leaves a GPU alone while a process uses it, and names the process', async () => {
  using machine = await leaveModeOn()
  const { library } = machine
  machine.addProcess({ pid: 4711, gpu: 0, name: 'python3' })
  const since = machine.journal().length
  const { recovered } = await recoverMig({ library })
  expect(recovered).toMatchObject([{ outcome: 'kept', reason: 'in use by python3 (pid 4711)' }])
  expect(machine.journal()).toHaveLength(since)
  machine.removeProcess(4711)
  expect((await recoverMig({ library })).recovered).toMatchObject([{ outcome: 'undone' }])
  expect((await readMigState({ library })).gpus[0]?.mig?.enabled).toBe(false)
})
