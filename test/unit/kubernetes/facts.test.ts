import { describe, expect, test } from 'vitest'
import { checkStrategy, nodeLabels } from '../../../lib/kubernetes.js'
import type { NodeLabelOptions } from '../../../types/kubernetes/labels.js'
import type { MigState } from '../../../types/model/state.js'
import { stateOf } from '../../support/state.js'

const key = 'A100-SXM4-40GB'

function labelsOf(state: MigState, options: Partial<NodeLabelOptions> = {}) {
  return nodeLabels(state, { strategy: 'mixed', ...options }).labels
}

// gpu-feature-discovery v0.20, internal/lm/resource.go: getArchFamily.
test.each([
  ['3.5', 'kepler'],
  ['5.2', 'maxwell'],
  ['6.1', 'pascal'],
  ['7.0', 'volta'],
  ['7.4', 'volta'],
  ['7.5', 'turing'],
  ['8.0', 'ampere'],
  ['8.7', 'ampere'],
  ['8.9', 'ada-lovelace'],
  ['9.0', 'hopper'],
  ['10.0', 'blackwell'],
  ['12.0', 'blackwell'],
  ['99.1', 'undefined'],
])('a GPU with the given compute capability %s has the family %s', (computeCapability, family) => {
  const [major, minor] = computeCapability.split('.')
  expect(labelsOf(stateOf([{ key }]), { computeCapability })).toMatchObject({
    'nvidia.com/gpu.family': family,
    'nvidia.com/gpu.compute.major': major,
    'nvidia.com/gpu.compute.minor': minor,
  })
})

test('a model that the catalog lacks has no family, unless the compute capability is given', () => {
  const unknown = stateOf([{ key: 'none' }])
  expect(labelsOf(unknown)).not.toHaveProperty(['nvidia.com/gpu.family'])
  expect(labelsOf(unknown)).toMatchObject({ 'nvidia.com/mig.capable': 'false' })
  expect(labelsOf(unknown, { computeCapability: '7.5' })).toMatchObject({
    'nvidia.com/gpu.family': 'turing',
  })
})

test('facts that are given are labels', () => {
  const labels = labelsOf(stateOf([{ key }]), {
    cudaVersion: '13.0',
    mode: 'compute',
    vgpu: false,
    timestamp: 0,
  })
  expect(labels).toMatchObject({
    'nvidia.com/cuda.runtime-version.full': '13.0',
    'nvidia.com/cuda.runtime.major': '13',
    'nvidia.com/cuda.runtime.minor': '0',
    'nvidia.com/gpu.mode': 'compute',
    'nvidia.com/vgpu.present': 'false',
    'nvidia.com/gfd.timestamp': '0',
  })
})

test('a machine without GPUs keeps the labels that are not of a GPU', () => {
  const empty = { driverVersion: '580.65.06', gpus: [], lostGpus: [] }
  expect(labelsOf(empty, { vgpu: true, timestamp: 1700000000, cudaVersion: '13.0' })).toEqual({
    'nvidia.com/gfd.timestamp': '1700000000',
    'nvidia.com/vgpu.present': 'true',
  })
})

test('on a node with several models, the labels are those of one, and count those of its name', () => {
  const mixed = stateOf([{ key }, { key: 'A30', count: 2 }])
  expect(labelsOf(mixed)).toMatchObject({
    'nvidia.com/gpu.product': 'NVIDIA-A30',
    'nvidia.com/gpu.count': '2',
    'nvidia.com/gpu.replicas': '1',
  })
})

test('a GPU with MIG off is labelled before one with MIG on, which offers no whole GPU', () => {
  const state = stateOf([{ key: 'A30' }, { key, instances: ['7g.40gb@0'] }])
  expect(labelsOf(state)).toMatchObject({
    'nvidia.com/gpu.product': 'NVIDIA-A30',
    'nvidia.com/gpu.replicas': '1',
  })
  const on = stateOf([{ key, count: 2, instances: ['7g.40gb@0'] }])
  expect(labelsOf(on)).toMatchObject({
    'nvidia.com/gpu.count': '2',
    'nvidia.com/gpu.replicas': '0',
  })
})

describe('a process that may not list instances', () => {
  const [gpu] = stateOf([{ key, instances: ['3g.20gb@0'] }]).gpus
  if (gpu === undefined) throw new Error('no GPU')
  const state: MigState = {
    driverVersion: '580.65.06',
    gpus: [
      { ...gpu, gpuInstances: null, migDevices: [], seesAllDevices: false, lacks: 'mig/config' },
    ],
    lostGpus: [],
  }

  test.each(['single', 'mixed'] as const)(
    'with %s it may miss devices, and a GPU that shows none is not called empty',
    (strategy) => {
      expect(checkStrategy(state, { strategy }).map(({ kind }) => kind)).toEqual(['unseen-devices'])
    },
  )

  test('with none, devices that it does not see make no difference', () => {
    expect(checkStrategy(state, { strategy: 'none' }).map(({ kind }) => kind)).toEqual([
      'hidden-devices',
    ])
  })
})
