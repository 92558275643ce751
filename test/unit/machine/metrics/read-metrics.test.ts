import { afterEach, expect, test } from 'vitest'
import { applyMigConfig, readMigMetrics } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { samplesOf, singleValue, valuesBy } from '../../../support/prometheus-text.js'

let close = (): void => {}
afterEach(() => close())

function make(spec = '2x A100-SXM4-40GB +mig, T4') {
  const machine = createSimulatedMachine(spec)
  close = () => machine.close()
  return machine
}

test('a lost GPU whose UUID the driver has forgotten is failed, and the metrics of the others are there', async () => {
  const machine = make()
  machine.loseGpu(1)
  const { text, failure } = await readMigMetrics({ library: machine.library })
  expect(failure).toBeNull()
  const failed = samplesOf(text).filter(
    ({ name, labels, value }) =>
      name === 'hw_status' && labels['hw_state'] === 'failed' && value === 1,
  )
  expect(failed.map(({ labels }) => labels['hw_id'])).toEqual(['GPU 1'])
  expect(Object.keys(valuesBy(text, 'mig_gpu_info', 'index'))).toEqual(['0', '2'])
})

test('a driver that is missing is a metric and a failure, not a rejection', async () => {
  const { text, failure } = await readMigMetrics({ library: '/nonexistent/libnvidia-ml.so.1' })
  expect(failure).toMatchObject({ code: 'MIG_DRIVER_NOT_FOUND' })
  expect(singleValue(text, 'mig_up')).toBe(0)
  expect(valuesBy(text, 'mig_read_failure', 'code')).toEqual({ MIG_DRIVER_NOT_FOUND: 1 })
})

test('a driver that answers with an error is a metric with its code', async () => {
  const machine = make()
  machine.fail({ fn: 'nvmlInit_v2', error: 'NVML_ERROR_DRIVER_NOT_LOADED', times: 1000 })
  const { text, failure } = await readMigMetrics({ library: machine.library })
  expect(failure).toMatchObject({ code: 'NVML_ERROR_DRIVER_NOT_LOADED' })
  expect(valuesBy(text, 'mig_read_failure', 'code')).toEqual({ NVML_ERROR_DRIVER_NOT_LOADED: 1 })
})

// The call hangs far longer than the limit, and the loop looks at its timers before the end of the call.
test('a driver that does not answer in time is a metric with the code TIMEOUT', async () => {
  const machine = make()
  machine.fail({ fn: 'nvmlDeviceGetCount_v2', hangMs: 1000 })
  const { text, failure } = await readMigMetrics({ library: machine.library, timeoutMs: 1 })
  expect(failure?.message).toMatch(/has not answered for 1 ms/)
  expect(singleValue(text, 'mig_up')).toBe(0)
  expect(valuesBy(text, 'mig_read_failure', 'code')).toEqual({ TIMEOUT: 1 })
})

test('an abort rejects', async () => {
  const { library } = make()
  const { code } = await rejectionOf(readMigMetrics({ library, signal: AbortSignal.abort() }))
  expect(code).toBe('ABORT_ERR')
})

test.each([
  [{ timeoutMs: 0 }, /timeoutMs/],
  [{ timeout: 1 }, /no option timeout/],
])('wrong options %j are a TypeError that names them', async (options, message) => {
  await expect(readMigMetrics(options as object)).rejects.toThrow(message)
  await expect(readMigMetrics(options as object)).rejects.toBeInstanceOf(TypeError)
})

test('a GPU that the driver answers with an error is failed, and the others have all of their metrics', async () => {
  const machine = make('2x A100-SXM4-40GB, T4')
  const { library } = machine
  await applyMigConfig(configure(undefined, { '3g.20gb': 1 }), { library })
  const { text: before } = await readMigMetrics({ library })
  // Only the second GPU has instances.
  machine.fail({ fn: 'nvmlGpuInstanceGetInfo', error: 'NVML_ERROR_UNKNOWN', times: 1000 })
  const { text, failure } = await readMigMetrics({ library })
  const [first, second, third] = machine.describe().gpus.map(({ uuid }) => uuid)
  expect(failure).toMatchObject({ code: 'NVML_ERROR_UNKNOWN' })
  expect(singleValue(text, 'mig_up')).toBe(1)
  const failures = samplesOf(text).filter(({ name }) => name === 'mig_read_failure')
  expect(failures.map(({ labels }) => labels)).toEqual([
    { code: 'NVML_ERROR_UNKNOWN', hw_id: second },
  ])
  const states = samplesOf(text)
    .filter(({ name, value }) => name === 'hw_status' && value === 1)
    .map(({ labels }) => [labels['hw_id'], labels['hw_state']])
  expect(Object.fromEntries(states)).toEqual({
    [first ?? '']: 'ok',
    [second ?? '']: 'failed',
    [third ?? '']: 'ok',
  })
  const of = (all: string) =>
    samplesOf(all).filter(({ labels }) => [first, third].includes(labels['hw_id'] as never))
  expect(of(text)).toEqual(of(before))
})
