import { join } from 'node:path'
import { expect, test } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { wantOnAll } from '../../../support/wanted.js'

test('the library of the environment has its own reset, which touches nothing on this computer', async () => {
  const store = join(fakeRoot(), 'machine.store')
  using machine = createSimulatedMachine('A100-SXM4-40GB', { store, resetPolicy: 'manual' })
  expect(machine.env).toMatchObject({ MIG_NVML_ROOT: 'none', MIG_NVML_RESET: 'migsim_reset_gpu' })
  Object.assign(process.env, machine.env, { PATH: '' })
  const report = await applyMigConfig(wantOnAll({ '1g.5gb': 7 }))
  expect(report.gpus[0]).toMatchObject({ modeStatus: 'changed' })
  expect(machine.describe().gpus[0]?.gpuInstances).toHaveLength(7)
})
