import { expect, test } from 'vitest'
import { openNvml } from '../../../lib/nvml.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { untilCalled } from '../../support/calls.js'

test('closing a machine ends the calls that hang in it and those that wait for them', async () => {
  const machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const nvml = await openNvml({ library: machine.library })
  const [first, second] = await Promise.all([0, 1].map((n) => nvml.deviceGetHandleByIndex(n)))
  if (first === undefined || second === undefined) throw new Error('unreachable')
  machine.fail({ fn: 'nvmlDeviceCreateGpuInstance', hangMs: 3_600_000 })
  const hanging = nvml.deviceCreateGpuInstance(first, 19)
  await untilCalled(machine, 'nvmlDeviceCreateGpuInstance')
  const waiting = nvml.deviceGetMigMode(second)
  await untilCalled(machine, 'nvmlDeviceGetMigMode')
  machine.close()
  // Awaited together: one that rejects while the test waits for the other would be an unhandled rejection.
  await Promise.all(
    [hanging, waiting].map((call) =>
      expect(call).rejects.toMatchObject({ code: 'NVML_ERROR_UNINITIALIZED' }),
    ),
  )
  await nvml.close().catch(() => {})
})
