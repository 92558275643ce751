import { expect, test } from 'vitest'
import { migMetrics, NvmlError } from '../../../lib/index.js'
import type { UnlistedGpuState } from '../../../types/model/state.js'
import { samplesOf, singleValue, valuesBy } from '../../support/prometheus-text.js'
import { type GpuSpec, stateOf } from '../../support/state.js'

const metricsOf = (...specs: readonly GpuSpec[]): string => migMetrics(stateOf(specs))
const a100 = (...instances: readonly string[]): string =>
  metricsOf({ key: 'A100-SXM4-40GB', instances })
const namesIn = (text: string): readonly string[] => samplesOf(text).map(({ name }) => name)

// The MIG User Guide: 7 × 1g.5gb takes all compute slices of an A100 and seven of its eight memory units.
test('seven 1g.5gb strand the eighth memory unit of an A100', () => {
  const text = a100(...[0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`))
  expect(valuesBy(text, 'mig_gpu_memory_units', 'use')).toEqual({ taken: 7, free: 0, stranded: 1 })
  expect(valuesBy(text, 'mig_gpu_compute_slices', 'use')).toEqual({
    taken: 7,
    free: 0,
    stranded: 0,
  })
})

test('four 1g.10gb strand three compute slices of an A100', () => {
  const text = a100('1g.10gb@0', '1g.10gb@2', '1g.10gb@4', '1g.10gb@6')
  expect(valuesBy(text, 'mig_gpu_memory_units', 'use')).toEqual({ taken: 8, free: 0, stranded: 0 })
  expect(valuesBy(text, 'mig_gpu_compute_slices', 'use')).toEqual({
    taken: 4,
    free: 0,
    stranded: 3,
  })
})

test('a GPU instance without compute instances takes its slices, and counts as bare', () => {
  const text = a100('4g.20gb@0:', '1g.5gb@4')
  expect(valuesBy(text, 'mig_gpu_compute_slices', 'use')).toEqual({
    taken: 5,
    free: 2,
    stranded: 0,
  })
  expect(valuesBy(text, 'mig_gpu_bare_instances', 'nothing')).toEqual({ '': 1 })
  expect(valuesBy(text, 'mig_gpu_devices', 'nothing')).toEqual({ '': 1 })
})

// The numbers are those of the MIG User Guide for an A100: what fits beside a 3g.20gb.
test('what still fits is counted for each profile alone, those that do not fit as 0', () => {
  expect(valuesBy(a100('3g.20gb@0'), 'mig_gpu_fitting_instances', 'profile')).toEqual({
    '1g.5gb': 3,
    '1g.5gb+me': 1,
    '1g.10gb': 2,
    '2g.10gb': 1,
    '3g.20gb': 1,
    '4g.20gb': 0,
    '7g.40gb': 0,
  })
})

test('GPU instances count by profile, those of absent profiles as 0', () => {
  expect(
    valuesBy(a100('1g.5gb@0', '1g.5gb@1', '3g.20gb@4:1c,2c'), 'mig_gpu_instances', 'profile'),
  ).toEqual({
    '1g.5gb': 2,
    '1g.5gb+me': 0,
    '1g.10gb': 0,
    '2g.10gb': 0,
    '3g.20gb': 1,
    '4g.20gb': 0,
    '7g.40gb': 0,
  })
})

test('each MIG device has its UUID, its name, its place and the ids of its instances as labels', () => {
  const state = stateOf([{ key: 'A100-SXM4-40GB', instances: ['3g.20gb@4:1c,2c'] }])
  const [gpu] = state.gpus
  const [instance] = gpu?.gpuInstances ?? []
  const infos = samplesOf(migMetrics(state)).filter(({ name }) => name === 'mig_device_info')
  expect(infos.map(({ labels }) => labels)).toEqual(
    ['1c.3g.20gb', '2c.3g.20gb'].map((device, index) => ({
      hw_id: gpu?.uuid,
      gpu_instance: `${instance?.id}`,
      compute_instance: `${index}`,
      device,
      profile: '3g.20gb',
      placement: '4:4',
      uuid: instance?.computeInstances[index]?.uuid,
    })),
  )
})

test('a mode that waits for a reset is pending', () => {
  const text = metricsOf(
    { key: 'A100-SXM4-40GB', migEnabled: false, pending: true },
    { key: 'A100-SXM4-40GB', migEnabled: true },
  )
  const values = (name: string): number[] =>
    samplesOf(text).flatMap((sample) => (sample.name === name ? [sample.value] : []))
  expect(values('mig_gpu_mode_enabled')).toEqual([0, 1])
  expect(values('mig_gpu_mode_pending')).toEqual([1, 0])
})

test('a GPU with MIG off has no room and no slices', () => {
  const text = metricsOf({ key: 'A100-SXM4-40GB', migEnabled: false })
  expect(namesIn(text)).toContain('mig_gpu_info')
  expect(namesIn(text).filter((name) => /fitting|units|slices/.test(name))).toEqual([])
})

test('a GPU without MIG has its status, its memory and its model', () => {
  const text = migMetrics(stateOf([{ key: 'none' }]))
  const about = samplesOf(text).filter(({ labels }) => 'hw_id' in labels)
  expect([...new Set(about.map(({ name }) => name))]).toEqual([
    'hw_status',
    'hw_gpu_memory_limit_bytes',
    'mig_gpu_info',
  ])
  // 15,360 MiB
  expect(valuesBy(text, 'hw_gpu_memory_limit_bytes', 'hw_type')).toEqual({ gpu: 16_106_127_360 })
})

test('a lost GPU is failed, also without its UUID, and the others are ok', () => {
  const state = stateOf([{ key: 'A100-SXM4-40GB' }])
  const lost = [
    { index: 1, uuid: 'GPU-1' as const },
    { index: 2, uuid: null },
  ]
  const statuses = samplesOf(migMetrics({ ...state, lostGpus: lost }))
    .filter(({ name, value }) => name === 'hw_status' && value === 1)
    .map(({ labels }) => [labels['hw_id'], labels['hw_state']])
  expect(statuses).toEqual([
    [state.gpus[0]?.uuid, 'ok'],
    ['GPU-1', 'failed'],
    ['GPU 2', 'failed'],
  ])
})

test('where the instances are not listed, metrics of the layout are missing and one says why', () => {
  const state = stateOf([{ key: 'A100-SXM4-40GB', migEnabled: true }])
  const [gpu] = state.gpus
  if (gpu === undefined) throw new Error('the machine has a GPU')
  const unlisted: UnlistedGpuState = {
    ...gpu,
    gpuInstances: null,
    migDevices: [],
    seesAllDevices: true,
    lacks: 'mig/config',
  }
  const text = migMetrics({ ...state, gpus: [unlisted] })
  expect(valuesBy(text, 'mig_gpu_instances_listed', 'nothing')).toEqual({ '': 0 })
  expect(
    namesIn(text).filter((name) => /gpu_instances$|bare|fitting|units|slices/.test(name)),
  ).toEqual([])
})

test('a layout that the geometry does not have leaves out what still fits, and nothing else', () => {
  const state = stateOf([{ key: 'A100-SXM4-40GB', instances: ['4g.20gb@0', '3g.20gb@4'] }])
  const gpus = state.gpus.map((gpu) => ({
    ...gpu,
    gpuInstances: gpu.gpuInstances.map((instance) => ({
      ...instance,
      placement: { start: 1, size: 4 },
    })),
  }))
  const text = migMetrics({ ...state, gpus })
  expect(namesIn(text).filter((name) => /fitting|units|slices/.test(name))).toEqual([])
  expect(valuesBy(text, 'mig_gpu_instances', 'profile')).toMatchObject({
    '4g.20gb': 1,
    '3g.20gb': 1,
  })
})

test('without a state the text says that the machine cannot be read, and why', () => {
  const failure = Object.assign(new Error('gone'), { code: 'NVML_ERROR_DRIVER_NOT_LOADED' })
  const text = migMetrics(null, { failure })
  expect(singleValue(text, 'mig_up')).toBe(0)
  expect(valuesBy(text, 'mig_read_failure', 'code')).toEqual({ NVML_ERROR_DRIVER_NOT_LOADED: 1 })
  expect(namesIn(text)).toEqual(['mig_up', 'mig_read_failure'])
})

test('what is not known about applies is missing, not 0', () => {
  const text = migMetrics(stateOf([{ key: 'A30' }]), { applies: null, interruptedApplies: null })
  expect(namesIn(text).filter((name) => /appl|recover/.test(name))).toEqual([])
})

test('the failure of one GPU names it', () => {
  const failure = new NvmlError({ fn: 'nvmlDeviceGetMigMode', ret: 999, gpu: 'GPU-7' })
  const [labels] = samplesOf(migMetrics(null, { failure })).flatMap((sample) =>
    sample.name === 'mig_read_failure' ? [sample.labels] : [],
  )
  expect(labels).toEqual({ code: 'NVML_ERROR_UNKNOWN', hw_id: 'GPU-7' })
})
