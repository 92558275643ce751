import { afterEach, expect, test } from 'vitest'
import { applyMigConfig, readMigMetrics } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { configure } from '../../../support/configure.js'
import { promtoolFindings, type Sample, samplesOf } from '../../../support/prometheus-text.js'

let machine: SimulatedMachine
afterEach(() => machine.close())

/** The ids of the GPU instances, by profile. */
async function make(): Promise<ReadonlyMap<string, number>> {
  machine = createSimulatedMachine('2x A100-SXM4-40GB')
  const { library } = machine
  await applyMigConfig(configure({ '3g.20gb': 1, '1c.4g.20gb': 1, '2c.4g.20gb': 1 }), { library })
  const instances = machine.describe().gpus[0]?.gpuInstances ?? []
  return new Map(instances.map(({ id, profileName }) => [profileName, id]))
}

async function read(): Promise<readonly Sample[]> {
  const { text } = await readMigMetrics({ library: machine.library })
  expect(promtoolFindings(text) ?? '').toBe('')
  return samplesOf(text)
}

const named = (samples: readonly Sample[], name: string) =>
  samples.filter((sample) => sample.name === name)

test('memory in use counts once for each GPU instance, and processes on each MIG device', async () => {
  const instances = await make()
  const [three = -1, four = -1] = ['3g.20gb', '4g.20gb'].map((profile) => instances.get(profile))
  const put = (
    pid: number,
    gpuInstance: number,
    computeInstance: number,
    memoryMiB: number,
  ): void =>
    machine.addProcess({
      pid,
      gpu: 0,
      gpuInstanceId: gpuInstance,
      computeInstanceId: computeInstance,
      memoryMiB,
    })
  put(101, three, 0, 1000)
  put(102, four, 0, 300)
  put(103, four, 1, 200)
  put(104, four, 1, 100)
  const samples = await read()
  const used = named(samples, 'mig_instance_memory_usage_bytes')
  expect(
    Object.fromEntries(used.map(({ labels, value }) => [labels['gpu_instance'], value / 2 ** 20])),
  ).toEqual({ [three]: 1000, [four]: 600 })
  // The published sizes of 3g.20gb and 4g.20gb: 19,968 MiB.
  for (const { value } of named(samples, 'mig_instance_memory_limit_bytes'))
    expect(value / 2 ** 20).toBe(19968)
  const counts = named(samples, 'mig_device_processes').map(({ labels, value }) => [
    `${labels['gpu_instance']}/${labels['compute_instance']}`,
    value,
  ])
  expect(Object.fromEntries(counts)).toEqual({
    [`${three}/0`]: 1,
    [`${four}/0`]: 1,
    [`${four}/1`]: 2,
  })
  const [first, second] = machine.describe().gpus.map(({ uuid }) => uuid)
  const onGpus = named(samples, 'mig_gpu_processes').map(({ labels, value }) => [
    labels['hw_id'],
    value,
  ])
  expect(onGpus).toEqual([
    [first, 4],
    [second, 0],
  ])
  const inUse = named(samples, 'hw_gpu_memory_usage_bytes')
  expect(inUse.map(({ labels }) => labels['hw_id'])).toEqual([first, second])
})

test('what the driver does not report is missing and counted, and not 0', async () => {
  await make()
  machine.fail({
    fn: 'nvmlDeviceGetComputeRunningProcesses_v3',
    error: 'NVML_ERROR_NO_PERMISSION',
    times: 1000,
  })
  const samples = await read()
  const [first, second] = machine.describe().gpus.map(({ uuid }) => uuid)
  expect(named(samples, 'mig_gpu_processes')).toEqual([])
  expect(named(samples, 'mig_device_processes')).toEqual([])
  const unreadable = named(samples, 'mig_gpu_unreadable_usage')
  expect(unreadable.map(({ labels }) => labels['hw_id'])).toEqual([first, second])
  for (const { value } of unreadable) expect(value).toBeGreaterThan(0)
})
