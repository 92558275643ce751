import { expect, test } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { NvmlCode } from '../../../../types/model/errors.js'
import { rejectionOf } from '../../../support/errors.js'
import { wantOnAll } from '../../../support/wanted.js'

const gpuInstance = 'nvmlDeviceCreateGpuInstanceWithPlacement'
const computeInstance = 'nvmlGpuInstanceCreateComputeInstance'
const other = /another program has made a compute instance there.*apply again/

test.each<[NvmlCode, string, string, RegExp | undefined]>([
  ['NVML_ERROR_GPU_IS_LOST', gpuInstance, 'MIG_STEP_FAILED', /a reset or a reboot/],
  ['NVML_ERROR_NOT_SUPPORTED', gpuInstance, 'MIG_STEP_FAILED', /does not allow MIG changes/],
  ['NVML_ERROR_UNKNOWN', gpuInstance, 'MIG_STEP_FAILED', undefined],
  ['NVML_ERROR_INSUFFICIENT_RESOURCES', gpuInstance, 'MIG_STEP_FAILED', undefined],
  // For a compute instance these mean that the place is taken, and no process is in the way.
  ['NVML_ERROR_IN_USE', computeInstance, 'MIG_STEP_FAILED', other],
  ['NVML_ERROR_INSUFFICIENT_RESOURCES', computeInstance, 'MIG_STEP_FAILED', other],
  ['NVML_ERROR_UNKNOWN', computeInstance, 'MIG_STEP_FAILED', undefined],
])('the hint for %s of %s says what to do', async (error, fn, code, says) => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  machine.fail({ fn, error })
  const rejection = await rejectionOf(
    applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: machine.library }),
  )
  expect(rejection.code).toBe(code)
  expect(rejection.holders).toBeUndefined()
  if (says === undefined) expect(rejection.hint).toBeUndefined()
  else expect(rejection.hint).toMatch(says)
})

test.each([
  ['A100-SXM4-40GB +mig', gpuInstance, /mig\/config/],
  ['A100-SXM4-40GB', 'nvmlDeviceSetMigMode', /no MIG permission replaces it/],
])(
  'on %s, the hint for a refused %s names the permission that this call needs',
  async (gpus, fn, says) => {
    using machine = createSimulatedMachine(gpus)
    machine.fail({ fn, error: 'NVML_ERROR_NO_PERMISSION' })
    const rejection = await rejectionOf(
      applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: machine.library }),
    )
    expect(rejection.hint).toMatch(says)
  },
)
