import { describe, expect, test } from 'vitest'
import { planMigConfig, readMigState } from '../../../lib/index.js'
import {
  checkStrategy,
  nodeLabels,
  podRequest,
  profileOf,
  resourceNameOf,
  resourceNames,
  resourceSlices,
  strategyOf,
} from '../../../lib/kubernetes.js'
import { catalogGeometry, listCatalogGpus } from '../../../lib/model/catalog.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { StrategyProblem } from '../../../types/kubernetes/strategy.js'
import { configure } from '../../support/configure.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

const key = 'A100-SXM4-40GB'
const balanced = ['1g.5gb@0', '1g.5gb@1', '2g.10gb@2', '3g.20gb@4']
const kindsOf = (problems: readonly StrategyProblem[]): readonly string[] =>
  problems.map(({ kind, severity }) => `${kind} ${severity}`)

describe('names of resources', () => {
  test.each([
    ['1g.5gb', 'nvidia.com/mig-1g.5gb'],
    ['1g.5gb+me', 'nvidia.com/mig-1g.5gb.me'],
    ['1g.24gb+gfx', 'nvidia.com/mig-1g.24gb.gfx'],
    ['1g.24gb+me.all', 'nvidia.com/mig-1g.24gb.me.all'],
    ['1g.24gb-me', 'nvidia.com/mig-1g.24gb-me'],
  ])('%s is %s, and back', (device, resource) => {
    expect(resourceNameOf(device)).toBe(resource)
    expect(profileOf(resource)).toBe(device)
  })

  test('each profile of the catalog has a resource of its own, and comes back from it', () => {
    for (const gpu of listCatalogGpus())
      for (const { name } of catalogGeometry(gpu)?.profiles ?? [])
        expect(profileOf(resourceNameOf(name))).toBe(name)
  })

  test('the prefix may be missing, and the name of a shared resource is that of the device', () => {
    expect(profileOf('mig-3g.20gb')).toBe('3g.20gb')
    expect(profileOf('nvidia.com/mig-3g.20gb.shared')).toBe('3g.20gb')
    expect(profileOf('nvidia.com/mig-1g.5gb.me.shared')).toBe('1g.5gb+me')
  })

  test.each([
    'nvidia.com/gpu',
    'nvidia.com/gpu.shared',
    'amd.com/mig-1g.5gb',
    'nvidia.com/mig-',
    'nvidia.com/mig-1g.5gb x',
    '',
  ])('%j is no MIG device', (resource) => {
    expect(profileOf(resource)).toBeNull()
  })
})

describe('the resource of a device', () => {
  test('a resource is its own resource', () => {
    expect(resourceNameOf('nvidia.com/mig-1g.5gb.me')).toBe('nvidia.com/mig-1g.5gb.me')
    expect(resourceNameOf('mig-3g.20gb')).toBe('nvidia.com/mig-3g.20gb')
  })

  test.each([undefined, null, 5, {}, '', 'MIG 1g.5gb', 'nvidia.com/gpu', '3g'])(
    '%j has none, and the error says so',
    (device) => {
      expect(migErrorOf(() => resourceNameOf(device as never)).code).toBe('MIG_PROFILE_UNKNOWN')
    },
  )

  test('a name whose resource Kubernetes would refuse for its length is no name of a MIG device', () => {
    const longest = `1g.5gb+${'x'.repeat(52)}`
    expect(resourceNameOf(longest).replace('nvidia.com/', '')).toHaveLength(63)
    for (const act of [resourceNameOf, (name: string) => podRequest(name, { strategy: 'mixed' })])
      expect(migErrorOf(() => act(`${longest}x`)).code).toBe('MIG_PROFILE_UNKNOWN')
  })
})

describe('what is no plan of this machine', () => {
  const state = stateOf([{ key, instances: ['1g.5gb@0'] }])
  const strategy = 'mixed'
  const functions = {
    resourceNames: (plan: never) => resourceNames(state, { strategy, plan }),
    nodeLabels: (plan: never) => nodeLabels(state, { strategy, plan }),
    checkStrategy: (plan: never) => checkStrategy(state, { strategy, plan }),
    strategyOf: (plan: never) => strategyOf(state, { plan }),
    resourceSlices: (plan: never) =>
      resourceSlices(state, { node: 'worker-1', partitions: 'existing', plan }),
  }

  test.each(Object.entries(functions))('%s names itself in the error', (name, act) => {
    for (const plan of [null, 5, [], {}, { gpus: 5 }, { gpus: [null] }, Promise.resolve()])
      expect(() => act(plan as never)).toThrow(new RegExp(`^${name}: option plan.* must be`))
    expect(() => act({ gpus: [{ gpu: state.gpus[0]?.uuid }] } as never)).toThrow(TypeError)
  })

  test.each(Object.entries(functions))(
    '%s refuses a plan of another machine, which would show this one as it is',
    async (_, act) => {
      using machine = createSimulatedMachine('A30 +mig')
      const { library } = machine
      const plan = await planMigConfig({ gpu: 0, migDevices: { '1g.6gb': 4 } }, { library })
      expect(migErrorOf(() => act(plan as never)).code).toBe('MIG_GPU_NOT_FOUND')
    },
  )

  test.each([null, 5, 'single', { plans: {} }])('strategyOf has no options %j', (options) => {
    expect(() => strategyOf(state, options as never)).toThrow(/strategyOf/)
  })
})

describe('resources of a node', () => {
  const off = { key }
  const on = { key, instances: balanced }
  const state = stateOf([on, off])
  const uuidsOf = (name: string) =>
    state.gpus.flatMap(({ gpuInstances }) =>
      gpuInstances.flatMap(({ computeInstances }) =>
        computeInstances.filter((each) => each.name === name).map(({ uuid }) => uuid),
      ),
    )

  test('with mixed, each size is a resource, and GPUs with MIG off are nvidia.com/gpu', () => {
    expect(resourceNames(state, { strategy: 'mixed' })).toEqual({
      'nvidia.com/gpu': [state.gpus[1]?.uuid],
      'nvidia.com/mig-1g.5gb': uuidsOf('1g.5gb'),
      'nvidia.com/mig-2g.10gb': uuidsOf('2g.10gb'),
      'nvidia.com/mig-3g.20gb': uuidsOf('3g.20gb'),
    })
  })

  test('with none, GPUs are offered as a whole, also those with MIG on', () => {
    expect(resourceNames(state, { strategy: 'none' })).toEqual({
      'nvidia.com/gpu': state.gpus.map(({ uuid }) => uuid),
    })
  })

  test('with single, MIG devices of one size are nvidia.com/gpu', () => {
    const halves = stateOf([{ key, instances: ['3g.20gb@0', '3g.20gb@4'] }])
    const uuids = halves.gpus.flatMap(({ gpuInstances }) =>
      gpuInstances.map(({ computeInstances }) => computeInstances[0]?.uuid),
    )
    expect(resourceNames(halves, { strategy: 'single' })).toEqual({ 'nvidia.com/gpu': uuids })
  })

  test('before a plan runs, devices count and their UUIDs are not known', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const { library } = machine
    const plan = await planMigConfig(configure({ '3g.20gb': 2 }), { library })
    const now = await readMigState({ library })
    expect(resourceNames(now, { strategy: 'mixed', plan })).toEqual({
      'nvidia.com/mig-3g.20gb': [null, null],
    })
    expect(resourceNames(now, { strategy: 'mixed' })).toEqual({
      'nvidia.com/gpu': [now.gpus[0]?.uuid],
    })
  })

  test('a node on which the plugin does not start is refused with what is wrong', () => {
    const { code, message, hint } = migErrorOf(() => resourceNames(state, { strategy: 'single' }))
    expect(code).toBe('MIG_STRATEGY_INVALID')
    expect(hint).toMatch(/strategyOf.*checkStrategy/)
    expect(message).toMatch(/GPU 1: MIG is off/)
    expect(message).toMatch(/1g\.5gb, 2g\.10gb, 3g\.20gb/)
  })
})

describe('what a strategy does not bear', () => {
  test('all-balanced with single is invalid before it is applied, and mixed bears it', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const { library } = machine
    const document = configure({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })
    const plan = await planMigConfig(document, { library })
    const state = await readMigState({ library })
    expect(checkStrategy(state, { strategy: 'single' })).toEqual([])
    expect(kindsOf(checkStrategy(state, { strategy: 'single', plan }))).toEqual([
      'several-sizes invalid',
    ])
    expect(checkStrategy(state, { strategy: 'mixed', plan })).toEqual([])
    expect(strategyOf(state)).toBe('none')
    expect(strategyOf(state, { plan })).toBe('mixed')
  })

  test.each([
    ['single', [{ key, migEnabled: true }], ['empty-gpu invalid']],
    ['mixed', [{ key, migEnabled: true }], ['empty-gpu warning']],
    ['single', [{ key, instances: ['7g.40gb@0'] }, { key }], ['mig-on-some invalid']],
    ['mixed', [{ key, instances: ['7g.40gb@0'] }, { key }], []],
    ['mixed', [{ key, instances: ['3g.20gb@0:1c,2c'] }], ['part-of-instance invalid']],
    ['none', [{ key, instances: ['7g.40gb@0'] }], ['hidden-devices warning']],
    ['none', [{ key }, { key: 'A30' }], ['several-models warning']],
    [
      'mixed',
      [{ key: 'rtx-pro-6000-blackwell', product: 2, instances: ['1g.24gb@0'] }],
      ['long-label warning'],
    ],
  ] as const)('%s on %j has these problems: %j', (strategy, specs, expected) => {
    expect(kindsOf(checkStrategy(stateOf(specs), { strategy }))).toEqual(expected)
  })

  test('a problem names its GPUs', () => {
    const state = stateOf([{ key, instances: ['7g.40gb@0'] }, { key }, { key, migEnabled: true }])
    const problems = checkStrategy(state, { strategy: 'single' })
    expect(problems.map(({ kind, gpus }) => [kind, gpus])).toEqual([
      ['empty-gpu', [2]],
      ['mig-on-some', [1]],
    ])
  })

  test('a node on which only some GPUs have MIG on has the strategy mixed', () => {
    expect(strategyOf(stateOf([{ key, instances: ['7g.40gb@0'] }, { key }]))).toBe('mixed')
    expect(strategyOf(stateOf([{ key }, { key, instances: ['7g.40gb@0'] }]))).toBe('mixed')
    expect(strategyOf(stateOf([{ key, count: 2 }]))).toBe('none')
  })

  test('a node with a part of a GPU instance has no strategy, except where all parts are equal', () => {
    expect(strategyOf(stateOf([{ key, instances: ['3g.20gb@0:1c,2c'] }]))).toBeNull()
    expect(strategyOf(stateOf([{ key, instances: ['3g.20gb@0:1c,1c,1c'] }]))).toBe('single')
  })
})

describe('what a pod writes', () => {
  // NVIDIA's documentation of MIG on Kubernetes, and the example of DeepOps.
  test('with mixed, the size is the resource', () => {
    expect(podRequest('1g.5gb', { strategy: 'mixed' })).toEqual({
      limits: { 'nvidia.com/mig-1g.5gb': 1 },
      nodeSelector: {},
    })
    expect(podRequest('3g.20gb', { strategy: 'mixed', count: 2, model: 'A100-SXM4-40GB' })).toEqual(
      {
        limits: { 'nvidia.com/mig-3g.20gb': 2 },
        nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB' },
      },
    )
  })

  test.each(['A100-SXM4-40GB', 'NVIDIA A100-SXM4-40GB', 'nvidia-a100-sxm4-40gb'])(
    'with single, the label of the product has the model %s and the size',
    (model) => {
      expect(podRequest('1g.5gb', { strategy: 'single', model })).toEqual({
        limits: { 'nvidia.com/gpu': 1 },
        nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-40GB-MIG-1g.5gb' },
      })
    },
  )

  test('a key of the catalog is the model where it stands for one, and else the error names its boards', () => {
    const { nodeSelector } = podRequest('1g.23gb', { strategy: 'single', model: 'b200-180gb' })
    expect(nodeSelector).toEqual({ 'nvidia.com/gpu.product': 'NVIDIA-B200-MIG-1g.23gb' })
    for (const strategy of ['single', 'mixed'] as const)
      expect(() => podRequest('1g.5gb', { strategy, model: 'a100-40gb' })).toThrow(
        /^podRequest: option model must be the name of one GPU, not "a100-40gb", which is NVIDIA A100-SXM4-40GB or /,
      )
  })

  test.each(['!!!', '-', ' ', 'x'.repeat(64)])('no node has a label for the model %j', (model) => {
    expect(() => podRequest('1g.5gb', { strategy: 'mixed', model })).toThrow(
      /^podRequest: option model must be the name of one GPU/,
    )
  })

  test('a model that is new has the label that its name makes', () => {
    const { nodeSelector } = podRequest('1g.5gb', { strategy: 'mixed', model: 'NVIDIA R100 SXM' })
    expect(nodeSelector).toEqual({ 'nvidia.com/gpu.product': 'NVIDIA-R100-SXM' })
  })

  test('a resource is a size as well', () => {
    expect(podRequest('nvidia.com/mig-1g.5gb.me', { strategy: 'mixed' }).limits).toEqual({
      'nvidia.com/mig-1g.5gb.me': 1,
    })
  })

  test('a text that is no size is refused', () => {
    expect(migErrorOf(() => podRequest('gpu', { strategy: 'mixed' })).code).toBe(
      'MIG_PROFILE_UNKNOWN',
    )
  })

  test('a part of a GPU instance has no resource with mixed', () => {
    const { code, message } = migErrorOf(() => podRequest('1c.3g.20gb', { strategy: 'mixed' }))
    expect(code).toBe('MIG_STRATEGY_INVALID')
    expect(message).toContain('1c.3g.20gb')
  })

  test('with single, a label that is too long to exist is refused', () => {
    const model = 'RTX PRO 6000 Blackwell Max-Q Workstation Edition'
    const { code } = migErrorOf(() => podRequest('1g.24gb', { strategy: 'single', model }))
    expect(code).toBe('MIG_STRATEGY_INVALID')
  })

  test.each([
    [{ strategy: 'single' }, /model/],
    [{ strategy: 'none' }, /strategy/],
    [{ strategy: 'mixed', count: 0 }, /count/],
  ])('wrong options %j are a TypeError that names them', (options, message) => {
    expect(() => podRequest('1g.5gb', options as never)).toThrow(message)
    expect(() => podRequest('1g.5gb', options as never)).toThrow(TypeError)
  })
})
