import { describe, expect, test } from 'vitest'
import { applyMigConfig, isMigError } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { ApplyReport } from '../../../../types/machine/report.js'
import type { SimulatedFault } from '../../../../types/simulator/machine.js'
import { configure } from '../../../support/configure.js'

interface End {
  readonly code: string | null
  readonly message: string
  readonly report: ApplyReport
  readonly isVerified: boolean
}

/** An apply with `atomic: 'none'`, with a fault for the calls after the last step. */
async function failAtTheEnd(fault: SimulatedFault): Promise<End> {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  let left = 0
  let isVerified = false
  const onEvent = (event: ApplyEvent): void => {
    if (event.kind === 'planned') left = event.plan.gpus.flatMap(({ steps }) => steps).length
    if (event.kind === 'step-done' && --left === 0) machine.fail(fault)
    if (event.kind === 'verified') isVerified = true
  }
  const wanted = configure({ '3g.20gb': 2 }, { '1g.5gb': 7 })
  const options = { library: machine.library, atomic: 'none', onEvent } as const
  try {
    const report = await applyMigConfig(wanted, options)
    return { code: null, message: '', report, isVerified }
  } catch (error) {
    if (!isMigError(error) || error.report === undefined) throw error
    const { code, message, report } = error
    return { code, message, report, isVerified }
  }
}

const reads = [
  ['nvmlDeviceGetCount', 'NVML_ERROR_NOT_FOUND'],
  ['nvmlDeviceGetHandleByIndex', 'NVML_ERROR_TIMEOUT'],
  ['nvmlDeviceGetHandleByIndex', 'NVML_ERROR_GPU_IS_LOST'],
  ['nvmlDeviceGetGpuInstances', 'NVML_ERROR_DRIVER_NOT_LOADED'],
  ['nvmlGpuInstanceGetComputeInstances', 'NVML_ERROR_INSUFFICIENT_SIZE'],
] as const

describe.each(reads)('with atomic none, when %s answers %s after the last step', (fn, error) => {
  test('one failed read after the last step is repeated, and the apply succeeds', async () => {
    const { code, report, isVerified } = await failAtTheEnd({ fn, error })
    expect(code).toBeNull()
    expect(report.outcome).toBe('applied')
    expect(isVerified).toBe(true)
  })

  test('when every read after the last step fails, the error text and the outcome agree', async () => {
    const { code, message, report, isVerified } = await failAtTheEnd({ fn, error, times: 1000 })
    expect(code).toBe('MIG_VERIFY_FAILED')
    expect(report.outcome).toBe('failed')
    expect(message).toMatch(/nothing was undone, and GPU .* cannot be read any more$/)
    expect(message).not.toMatch(/as wanted/)
    expect(isVerified).toBe(false)
  })
})

test('a read that succeeds after the check has failed twice is not used in the report', async () => {
  for (const [fn, error] of reads) {
    const { code, message, report } = await failAtTheEnd({ fn, error, times: 2 })
    if (code === null) expect(report.outcome).toBe('applied')
    else expect([report.outcome, message]).toEqual(['failed', expect.not.stringMatching(/wanted/)])
  }
})
