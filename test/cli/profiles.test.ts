import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { fakeRoot } from '../support/root-tree.js'
import { runInProcess } from './run-in-process.js'

test.each([
  ['A30', '535.104.05', 'this driver (535.104.05) reports the sizes only with MIG mode on'],
  ['A30 +mig', '535.104.05', 'the driver reports no sizes, though MIG mode is on'],
  ['A30', '580.65.06', 'the driver reports no sizes'],
])('profiles of %s on driver %s explains why there are none', async (spec, driver, why) => {
  const store = join(fakeRoot(), 'machine')
  const machine = createSimulatedMachine(spec, { store, driver })
  for (const fn of ['nvmlDeviceGetGpuInstanceProfileInfo', 'nvmlDeviceGetGpuInstanceProfileInfoV'])
    machine.fail({ fn, times: 1000, error: 'NVML_ERROR_NOT_SUPPORTED' })
  machine.close()
  const { out } = await runInProcess(['profiles', '--store', store])
  expect(out).toBe(`GPU 0: NVIDIA A30\n  ${why}\n`)
})
