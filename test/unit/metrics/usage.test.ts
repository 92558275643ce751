import { expect, test } from 'vitest'
import { migMetrics } from '../../../lib/index.js'
import { addEnd, noCounts } from '../../../lib/machine/counts/apply-counts.js'
import type { GpuProcess } from '../../../types/model/state.js'
import type { GpuUsage, UsedMigState } from '../../../types/model/usage.js'
import { samplesOf, singleValue, valuesBy } from '../../support/prometheus-text.js'
import { stateOf } from '../../support/state.js'

const state = stateOf([{ key: 'A100-SXM4-40GB', instances: ['3g.20gb@4:1c,2c'] }])
const [gpu] = state.gpus
const [instance] = gpu?.gpuInstances ?? []
if (gpu === undefined || instance === undefined) throw new Error('no GPU')

function processAt(pid: number, computeInstanceId: number, kind: GpuProcess['kind']): GpuProcess {
  const gpuInstanceId = instance?.id ?? null
  return { pid, command: null, kind, usedMemoryMiB: null, gpuInstanceId, computeInstanceId }
}

function used(fields: Partial<GpuUsage>): UsedMigState {
  const migDevices = [0, 1].map((computeInstanceId) => ({
    gpuInstanceId: instance?.id ?? 0,
    computeInstanceId,
    uuid: null,
    // Each compute instance reports what the GPU instance has.
    usedMemoryMiB: 100,
    totalMemoryMiB: 20000,
  }))
  const usage: GpuUsage = {
    gpu: gpu?.uuid ?? 'GPU-',
    gpuIndex: 0,
    usedMemoryMiB: 300,
    migDevices,
    processes: [],
    unreadable: [],
    ...fields,
  }
  return { ...state, usage: [usage] }
}

test('memory that compute instances share is counted once, in bytes', () => {
  const text = migMetrics(used({}))
  expect(singleValue(text, 'mig_instance_memory_usage_bytes')).toBe(100 * 1024 * 1024)
  expect(singleValue(text, 'mig_instance_memory_limit_bytes')).toBe(20000 * 1024 * 1024)
  expect(singleValue(text, 'hw_gpu_memory_usage_bytes')).toBe(300 * 1024 * 1024)
})

test('memory that the driver does not report is missing', () => {
  const names = samplesOf(migMetrics(used({ usedMemoryMiB: null, migDevices: [] }))).map(
    ({ name }) => name,
  )
  expect(names).not.toContain('hw_gpu_memory_usage_bytes')
  expect(names).not.toContain('mig_instance_memory_usage_bytes')
})

test('a process that computes and draws is one process, and others count on their own device', () => {
  const processes = [
    processAt(1, 0, 'compute'),
    processAt(1, 0, 'graphics'),
    processAt(2, 1, 'compute'),
    processAt(3, 1, 'compute'),
  ]
  const text = migMetrics(used({ processes }))
  expect(valuesBy(text, 'mig_device_processes', 'compute_instance')).toEqual({ 0: 1, 1: 2 })
  expect(singleValue(text, 'mig_gpu_processes')).toBe(3)
})

test('where a list of processes was refused, devices with known ones count, and the GPU does not', () => {
  const refused = { what: 'processes', migDevice: null, code: 'NVML_ERROR_NO_PERMISSION' } as const
  const text = migMetrics(used({ processes: [processAt(2, 1, 'compute')], unreadable: [refused] }))
  expect(valuesBy(text, 'mig_device_processes', 'compute_instance')).toEqual({ 1: 1 })
  expect(samplesOf(text).map(({ name }) => name)).not.toContain('mig_gpu_processes')
  expect(singleValue(text, 'mig_gpu_unreadable_usage')).toBe(1)
})

test('a refused figure of memory hides no process', () => {
  const refused = { what: 'memory', migDevice: null, code: 'NVML_ERROR_UNKNOWN' } as const
  const text = migMetrics(used({ unreadable: [refused] }))
  expect(valuesBy(text, 'mig_device_processes', 'compute_instance')).toEqual({ 0: 0, 1: 0 })
  expect(singleValue(text, 'mig_gpu_processes')).toBe(0)
})

test('a state that was read without processes has no metrics of use', () => {
  const names = samplesOf(migMetrics(state)).map(({ name }) => name)
  expect(names.filter((name) => /usage|processes|memory_limit/.test(name))).toEqual([
    'hw_gpu_memory_limit_bytes',
  ])
})

test('the metrics name the driver, and the GPUs that could not be read with the code of the error', () => {
  const failedGpus = [
    { gpu: 'GPU-7' as const, gpuIndex: 1, failure: Object.assign(new Error(), { code: 'EIO' }) },
    { gpu: null, gpuIndex: 2, failure: new Error('no code') },
  ]
  const text = migMetrics(state, { failedGpus, failure: failedGpus[0]?.failure ?? null })
  expect(valuesBy(text, 'mig_driver_info', 'version')).toEqual({ '580.65.06': 1 })
  const failures = samplesOf(text).filter(({ name }) => name === 'mig_read_failure')
  expect(failures.map(({ labels }) => labels)).toEqual([
    { code: 'EIO', hw_id: 'GPU-7' },
    { code: 'OTHER', hw_id: 'GPU 2' },
  ])
  const failed = samplesOf(text).filter(
    ({ name, labels, value }) =>
      name === 'hw_status' && labels['hw_state'] === 'failed' && value === 1,
  )
  expect(failed.map(({ labels }) => labels['hw_id'])).toEqual(['GPU-7', 'GPU 2'])
})

test('an outcome that no apply has had has a count of 0 and no time of its last end', () => {
  const end = {
    outcome: 'applied',
    seconds: 2,
    endedAt: 1700000000,
    code: null,
    recovered: [],
  } as const
  const text = migMetrics(null, { applies: addEnd(noCounts, end) })
  expect(valuesBy(text, 'mig_applies_total', 'outcome')).toMatchObject({ applied: 1, failed: 0 })
  expect(valuesBy(text, 'mig_apply_last_end_timestamp_seconds', 'outcome')).toEqual({
    applied: 1700000000,
  })
})

test('a MIG device whose profile and place are not known has empty labels for them', () => {
  const device = {
    gpuInstanceId: 1,
    computeInstanceId: 0,
    uuid: null,
    name: 'MIG 9g.9gb',
    profileId: null,
    sliceCount: null,
    memoryMiB: null,
  }
  const unlisted = {
    ...gpu,
    gpuInstances: null,
    migDevices: [device],
    seesAllDevices: true,
    lacks: 'mig/config',
  } as const
  const [info] = samplesOf(migMetrics({ ...state, gpus: [unlisted] })).filter(
    ({ name }) => name === 'mig_device_info',
  )
  expect(info?.labels).toMatchObject({ device: 'MIG 9g.9gb', profile: '', placement: '', uuid: '' })
})
