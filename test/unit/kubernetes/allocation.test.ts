import { expect, test } from 'vitest'
import { allocationPreview, podRequest } from '../../../lib/kubernetes.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

const state = stateOf([
  { key: 'A100-SXM4-40GB', instances: ['1g.5gb@0', '1g.5gb@1', '3g.20gb@4'] },
  { key: 'A100-SXM4-40GB' },
])
const uuidsOf = (name: string) =>
  state.gpus.flatMap(({ gpuInstances }) =>
    gpuInstances.flatMap(({ computeInstances }) =>
      computeInstances.flatMap((each) =>
        each.name === name && each.uuid !== null ? [each.uuid] : [],
      ),
    ),
  )
const [small = 'MIG-', other = 'MIG-'] = uuidsOf('1g.5gb')
const [large = 'MIG-'] = uuidsOf('3g.20gb')
const ones = 'nvidia.com/mig-1g.5gb'
const threes = 'nvidia.com/mig-3g.20gb'

test('a container gets the devices of its request in a variable', () => {
  const { limits } = podRequest('1g.5gb', { strategy: 'mixed', count: 2 })
  expect(allocationPreview(state, { strategy: 'mixed', limits })).toEqual({
    devices: { [ones]: [small, other] },
    missing: {},
    environments: [{ NVIDIA_VISIBLE_DEVICES: `${small},${other}` }],
    mounts: [],
    cdiDevices: [],
  })
})

test('limits are taken as the API server has them: counts as texts, and processors and memory as quantities', () => {
  const limits = { cpu: '500m', memory: '8Gi', 'nvidia.com/mig-1g.5gb': '3', 'nvidia.com/gpu': '0' }
  const { devices, missing } = allocationPreview(state, { strategy: 'mixed', limits })
  expect(devices).toEqual({ [ones]: [small, other] })
  expect(missing).toEqual({ [ones]: 1 })
})

test.each(['1.5', '-1', '1Gi', '', ' 1', 1.5, -1, null, true])(
  'a count of %j of a resource of NVIDIA is refused with its name',
  (limit) => {
    const limits = { cpu: 'any', [ones]: limit as never }
    expect(() => allocationPreview(state, { strategy: 'mixed', limits })).toThrow(
      'allocationPreview: option limits["nvidia.com/mig-1g.5gb"] must be a whole number from 0',
    )
  },
)

test('two sizes in one container overwrite each other in the variable, and not with CDI', () => {
  const limits = { [ones]: 1, [threes]: 1, cpu: 4 }
  expect(allocationPreview(state, { strategy: 'mixed', limits }).environments).toEqual([
    { NVIDIA_VISIBLE_DEVICES: small },
    { NVIDIA_VISIBLE_DEVICES: large },
  ])
  const cdi = allocationPreview(state, { strategy: 'mixed', limits, deviceList: 'cdi-cri' })
  expect(cdi.environments).toEqual([])
  expect(cdi.cdiDevices).toEqual(
    [small, large].map((uuid) => `k8s.device-plugin.nvidia.com/gpu=${uuid}`),
  )
})

test('with volume mounts, the variable names the folder and each device is a mount', () => {
  const limits = { [ones]: 1, [threes]: 1 }
  const preview = allocationPreview(state, {
    strategy: 'mixed',
    limits,
    deviceList: 'volume-mounts',
  })
  expect(preview.environments).toEqual([
    { NVIDIA_VISIBLE_DEVICES: '/var/run/nvidia-container-devices' },
  ])
  expect(preview.mounts).toEqual(
    [small, large].map((uuid) => `/var/run/nvidia-container-devices/${uuid}`),
  )
})

test('devices that others have are not given, and what is too few is missing', () => {
  const limits = { [ones]: 2, [threes]: 2, 'nvidia.com/mig-7g.40gb': 1 }
  const preview = allocationPreview(state, { strategy: 'mixed', limits, taken: [small] })
  expect(preview.devices).toEqual({
    [ones]: [other],
    [threes]: [large],
    'nvidia.com/mig-7g.40gb': [],
  })
  expect(preview.missing).toEqual({ [ones]: 1, [threes]: 1, 'nvidia.com/mig-7g.40gb': 1 })
})

test('a whole GPU is nvidia.com/gpu', () => {
  const limits = { 'nvidia.com/gpu': 1 }
  expect(allocationPreview(state, { strategy: 'mixed', limits }).devices).toEqual({
    'nvidia.com/gpu': [state.gpus[1]?.uuid],
  })
})

test('a node on which the plugin does not start gives nothing', () => {
  const options = { strategy: 'single', limits: { 'nvidia.com/gpu': 1 } } as const
  expect(migErrorOf(() => allocationPreview(state, options)).code).toBe('MIG_STRATEGY_INVALID')
})

test.each([
  [{ strategy: 'mixed' }, /limits/],
  [{ strategy: 'mixed', limits: { [ones]: -1 } }, /limits/],
  [{ strategy: 'mixed', limits: {}, deviceList: 'env' }, /deviceList/],
])('wrong options %j are a TypeError that names them', (options, message) => {
  expect(() => allocationPreview(state, options as never)).toThrow(message)
  expect(() => allocationPreview(state, options as never)).toThrow(TypeError)
})
