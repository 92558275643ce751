import { expect, test } from 'vitest'
import { applyMigConfig } from '../../../lib/index.js'
import { agentConfigs } from '../../support/agent-configs.js'
import { createAgentNode } from '../../support/agent-node.js'
import { conditionsOf } from '../../support/fake-cluster.js'
import { wantOnAll } from '../../support/wanted.js'

const clients = {
  labels: {
    'nvidia.com/gpu.deploy.device-plugin': 'true',
    'nvidia.com/mig.strategy': 'mixed',
  },
  clients: ['device-plugin'],
}

test('a label leads to its layout, with the state success and the condition true', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('success')
  expect(await world.layout()).toEqual(['GPU 0: 3g.20gb at 0', 'GPU 0: 3g.20gb at 4'])
  expect(conditionsOf(world.node()).find(({ type }) => type === 'MigConfigured')).toMatchObject({
    status: 'True',
    message: 'the MIG configuration "halves" is in effect',
  })
  expect(world.node()['spec']).toEqual({ taints: [] })
})

test('a name that the document lacks fails with the reason on the node, and nothing is touched', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library: world.machine.library })
  world.machine.resetCallCounts()
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halfs')
  await world.untilState('failed')
  expect(world.record().reason).toMatch(/"halfs".*halves/s)
  expect(world.machine.callCounts().changing).toBe(0)
  expect(world.cluster.events.at(-1)).toMatchObject({
    regarding: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
    type: 'Warning',
    reason: 'MigConfigFailed',
  })
})

test('a layout that no GPU can have fails before anything is touched, and is not tried again', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig', clients)
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'impossible')
  await world.untilState('failed')
  expect(world.record()).toMatchObject({ fenced: false, paused: {}, retryAt: null })
  expect(world.label('nvidia.com/gpu.deploy.device-plugin')).toBe('true')
  expect(world.machine.callCounts().changing).toBe(0)
})

test('a machine that is as configured has success at once, and nobody is disturbed', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig', clients)
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  world.machine.resetCallCounts()
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('success')
  expect(world.machine.callCounts().changing).toBe(0)
  expect(world.decisions.some(({ record }) => record.fenced || record.pausing)).toBe(false)
})

test('clients are paused while the layout changes, come back as they were, and the node advertises it', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig', {
    labels: {
      ...clients.labels,
      'nvidia.com/gpu.deploy.dcgm': 'false',
      'nvidia.com/gpu.deploy.nvsm': 'on',
    },
    clients: clients.clients,
  })
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'mixed')
  await world.until(() => world.record().step === 'apply')
  expect(world.label('nvidia.com/gpu.deploy.device-plugin')).toBe('paused-for-mig-change')
  expect(world.label('nvidia.com/gpu.deploy.dcgm')).toBe('false')
  expect(world.podNames()).toEqual([])
  await world.untilState('success')
  expect(world.label('nvidia.com/gpu.deploy.device-plugin')).toBe('true')
  expect(world.label('nvidia.com/gpu.deploy.dcgm')).toBe('false')
  expect(world.label('nvidia.com/gpu.deploy.nvsm')).toBe('on')
  expect(world.podNames()).toEqual(['gpu-operator/device-plugin'])
  expect(Reflect.get(Object(world.node()['status']), 'allocatable')).toEqual({
    'nvidia.com/mig-1g.5gb': '4',
    'nvidia.com/mig-3g.20gb': '1',
  })
})

test('a layout that was changed by hand comes back', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('success', 1)
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library: world.machine.library })
  await world.untilState('success', 2)
  expect(await world.layout()).toEqual(['GPU 0: 3g.20gb at 0', 'GPU 0: 3g.20gb at 4'])
  expect(world.cluster.events.map(({ reason }) => reason)).toContain('MigLayoutChanged')
})

test('a layout that is lost at a reboot comes back when the agent starts', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  const first = world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('success', 1)
  await first.stop()
  world.machine.reboot()
  world.start()
  await world.untilState('success', 2)
  expect(await world.layout()).toEqual(['GPU 0: 3g.20gb at 0', 'GPU 0: 3g.20gb at 4'])
})

test('a document that changes under the same name is applied anew', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('success', 1)
  world.writeConfig(agentConfigs.replace('{3g.20gb: 2}', '{2g.10gb: 3}'))
  await world.untilState('success', 2)
  expect(await world.layout()).toHaveLength(3)
})

test('a label that changes twice in the middle leads to the last one', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig', clients)
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.until(() => world.record().step === 'pause')
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.until(() => world.record().step === 'await')
  world.setLabel('nvidia.com/mig.config', 'mixed')
  await world.untilState('success')
  expect(world.record().config).toBe('mixed')
  expect(await world.layout()).toHaveLength(5)
  expect(world.label('nvidia.com/gpu.deploy.device-plugin')).toBe('true')
})

test('a dry run writes its plan into the annotation, and does nothing else', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig', clients)
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  const device = await world.device('3g.20gb', 4)
  world.addPod({ name: 'train', device })
  world.addPod({ name: 'other', device: await world.device('3g.20gb', 0) })
  world.machine.resetCallCounts()
  world.writeConfig(agentConfigs)
  world.start({ settings: { dryRun: true } })
  const labels = world.node().metadata.labels
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.until(() => world.record().plan != null)
  const { plan } = world.record()
  expect(plan?.changes).toContain('GPU 0: destroy 3g.20gb at 4')
  expect(plan?.resources).toEqual({ 'nvidia.com/mig-1g.5gb': 7 })
  expect(plan?.pods.map(({ name, holds, fate }) => [name, holds, fate])).toEqual([
    ['other', ['3g.20gb at 0 on GPU 0'], 'evict'],
    ['train', ['3g.20gb at 4 on GPU 0'], 'evict'],
  ])
  expect(world.node().metadata.labels).toEqual({ ...labels, 'nvidia.com/mig.config': 'small' })
  expect(world.machine.callCounts().changing).toBe(0)
  expect(world.cluster.evicted).toEqual([])
})

test.each([
  ['mig-manager', ['/usr/bin/nvidia-mig-manager']],
  ["NVIDIA's DRA driver", ['gpu-kubelet-plugin', '--feature-gates=DynamicMIG=true']],
])(
  'beside %s the agent touches nothing, says why, and begins when it is gone',
  async (_, command) => {
    await using world = createAgentNode('A100-SXM4-40GB +mig', clients)
    world.addPod({ name: 'owner', namespace: 'gpu-operator', owner: 'DaemonSet', command })
    world.writeConfig(agentConfigs)
    world.start()
    world.setLabel('nvidia.com/mig.config', 'halves')
    await world.until(() => world.record().reason?.includes('gpu-operator/owner') === true)
    expect(world.label('nvidia.com/mig.config.state')).toBeUndefined()
    expect(world.machine.callCounts().changing).toBe(0)
    world.cluster.drop('pods', 'owner', 'gpu-operator')
    await world.untilState('success')
  },
)
