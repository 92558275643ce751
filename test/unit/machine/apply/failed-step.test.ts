import { expect, test } from 'vitest'
import { applyMigConfig } from '../../../../lib/index.js'
import { formatStep } from '../../../../lib/plan/text.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'

// The second and the fifth GPU instance of each GPU, so that many steps were done before.
test.each([2, 5, 9, 12])('an apply of %i GPU instances names the step that failed', async (nth) => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth,
    error: 'NVML_ERROR_INSUFFICIENT_RESOURCES',
  })
  const seven = { '1g.5gb': 7 }
  const { message, report } = await rejectionOf(
    applyMigConfig(configure(seven, seven), { library: machine.library }),
  )
  const failed = report?.gpus
    .flatMap(({ steps }) => steps)
    .filter(({ status }) => status === 'failed')
  expect(failed).toHaveLength(1)
  const step = failed?.[0]?.step
  // The last call to the driver before the undo.
  const refused = machine.journal().find(({ injected }) => injected)
  expect(step).toMatchObject({
    kind: 'create-gpu-instance',
    gpuIndex: refused?.gpu,
    placement: refused?.placement,
  })
  expect(message).toMatch(
    `GPU ${refused?.gpu}: could not ${step === undefined ? '' : formatStep(step)}: `,
  )
})
