import { describe, expect, test } from 'vitest'
import { planMigConfig, readMigState } from '../../../lib/index.js'
import { nodeLabels } from '../../../lib/kubernetes.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { configure } from '../../support/configure.js'
import { stateOf } from '../../support/state.js'

const model = 'NVIDIA-A100-SXM4-40GB'
const key = 'A100-SXM4-40GB'
const sevens = [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`)

/** Without the prefix that all have. */
function labelsOf(...[state, options]: Parameters<typeof nodeLabels>): Record<string, string> {
  const { labels } = nodeLabels(state, options)
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name.replace(/^nvidia\.com\//, ''), value]),
  )
}

// The values are those of a published capture: gpu-feature-discovery's README, "mig.strategy=single".
test('with single, the labels of the GPU are those of its one size', () => {
  const state = stateOf([{ key, instances: sevens }])
  expect(labelsOf(state, { strategy: 'single' })).toMatchObject({
    'mig.capable': 'true',
    'mig.strategy': 'single',
    'gpu.product': `${model}-MIG-1g.5gb`,
    'gpu.count': '7',
    'gpu.replicas': '1',
    'gpu.memory': '4864',
    'gpu.multiprocessors': '14',
    'gpu.slices.gi': '1',
    'gpu.slices.ci': '1',
    'gpu.engines.copy': '1',
    'gpu.engines.decoder': '0',
    'gpu.family': 'ampere',
    'gpu.compute.major': '8',
    'gpu.compute.minor': '0',
  })
})

describe('with single, a node is marked as invalid', () => {
  const invalid = {
    'gpu.product': `${model}-MIG-INVALID`,
    'gpu.count': '0',
    'gpu.replicas': '0',
    'gpu.memory': '0',
    'gpu.sharing-strategy': '',
    'gpu.family': 'ampere',
  }
  test.each([
    ['a GPU has no MIG device', [{ key, migEnabled: true }]],
    ['sizes differ on a GPU', [{ key, instances: ['1g.5gb@0', '2g.10gb@2'] }]],
    [
      'sizes differ between GPUs',
      [
        { key, instances: sevens },
        { key, instances: ['7g.40gb@0'] },
      ],
    ],
    ['only some GPUs have MIG on', [{ key, instances: sevens }, { key }]],
  ])('when %s', (_when, specs) => {
    const labels = labelsOf(stateOf(specs), { strategy: 'single' })
    expect(labels).toMatchObject(invalid)
    expect(labels).not.toHaveProperty(['gpu.slices.gi'])
  })
})

test('with single, a node without MIG has the labels of its GPUs', () => {
  const labels = labelsOf(stateOf([{ key, count: 4 }]), { strategy: 'single' })
  expect(labels).toMatchObject({ 'gpu.product': model, 'gpu.count': '4', 'mig.strategy': 'single' })
})

test('with none, there is no label of MIG devices and no strategy', () => {
  const labels = labelsOf(stateOf([{ key, instances: sevens }]), { strategy: 'none' })
  expect(labels).toMatchObject({ 'gpu.product': model, 'gpu.count': '1', 'mig.capable': 'true' })
  expect(Object.keys(labels).filter((name) => /^mig-|mig\.strategy/.test(name))).toEqual([])
})

test('with mixed, each size has labels, with dots for the plus of extensions', () => {
  const state = stateOf([{ key, instances: ['1g.5gb+me@0', '3g.20gb@4:1c,2c'] }])
  const labels = labelsOf(state, { strategy: 'mixed' })
  expect(labels).toMatchObject({
    'mig-1g.5gb.me.product': `${model}-MIG-1g.5gb.me`,
    'mig-1g.5gb.me.count': '1',
    'mig-1c.3g.20gb.slices.gi': '3',
    'mig-1c.3g.20gb.slices.ci': '1',
    'mig-2c.3g.20gb.slices.ci': '2',
  })
})

test('labels of a plan are those of the node after it', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB')
  const { library } = machine
  const plan = await planMigConfig(configure({ '3g.20gb': 2 }, { '3g.20gb': 1 }), { library })
  const labels = labelsOf(await readMigState({ library }), { strategy: 'single', plan })
  expect(labels).toMatchObject({ 'gpu.product': `${model}-MIG-3g.20gb`, 'gpu.count': '3' })
})

test('a value of more than 63 characters is dropped, as node-feature-discovery drops it', () => {
  const state = stateOf([{ key: 'rtx-pro-6000-blackwell', product: 2, instances: ['1g.24gb@0'] }])
  const { labels, dropped } = nodeLabels(state, { strategy: 'mixed' })
  expect(dropped).toEqual({
    'nvidia.com/mig-1g.24gb.product':
      'NVIDIA-RTX-PRO-6000-Blackwell-Max-Q-Workstation-Edition-MIG-1g.24gb',
  })
  expect(labels).not.toHaveProperty(['nvidia.com/mig-1g.24gb.product'])
  expect(labels).toMatchObject({ 'nvidia.com/mig-1g.24gb.count': '1' })
})

test('what a label cannot have is left out of its value', () => {
  const state = stateOf([{ key }])
  expect(
    labelsOf(state, { strategy: 'none', machine: ' DGX  A100 (920-23687)/é\n' }),
  ).toMatchObject({
    'gpu.machine': 'DGX-A100-920-23687',
  })
})

test('facts that are not given have no label', () => {
  const labels = labelsOf(stateOf([{ key }]), { strategy: 'none' })
  expect(
    Object.keys(labels).filter((name) => /machine|mode$|vgpu|runtime|timestamp/.test(name)),
  ).toEqual([])
  expect(labels).toMatchObject({ 'cuda.driver-version.full': '580.65.06', 'cuda.driver.rev': '06' })
})

test('a machine without GPUs has no labels of GPUs', () => {
  expect(
    nodeLabels({ driverVersion: '580.65.06', gpus: [], lostGpus: [] }, { strategy: 'mixed' }),
  ).toEqual({
    labels: {},
    dropped: {},
  })
})

test.each([
  [{}, /strategy/],
  [{ strategy: 'all' }, /strategy must be/],
  [{ strategy: 'mixed', cudaVersion: '13' }, /cudaVersion/],
  [{ strategy: 'mixed', machin: 'x' }, /machin/],
])('wrong options %j are a TypeError that names them', (options, message) => {
  expect(() => nodeLabels(stateOf([{ key }]), options as never)).toThrow(message)
  expect(() => nodeLabels(stateOf([{ key }]), options as never)).toThrow(TypeError)
})
