import { expect, test } from 'vitest'
import { applyMigConfig } from '../../../lib/index.js'
import { agentConfigs } from '../../support/agent-configs.js'
import { type AgentNodeWorld, createAgentNode, nodeName } from '../../support/agent-node.js'
import { wantOnAll } from '../../support/wanted.js'

const own = `
version: mig-nvml/v1
mig-configs:
  of-the-node: [{devices: all, placements: [{profile: 3g.20gb, start: 4}, {profile: 1g.5gb, start: 0}]}]
  halves: [{devices: all, mig-devices: {2g.10gb: 3}}]
`

/** Label and annotations at once, as the rebalancer writes them. */
function want(world: AgentNodeWorld, config: string, configs: string, evict?: string): void {
  world.cluster.edit('nodes', nodeName, (node) => ({
    ...node,
    metadata: {
      ...node.metadata,
      labels: { ...node.metadata.labels, 'nvidia.com/mig.config': config },
      annotations: {
        ...node.metadata.annotations,
        'mig-nvml/configs': configs,
        ...(evict === undefined ? {} : { 'mig-nvml/evict': evict }),
      },
    },
  }))
}

/** A large device with a pod beside four small ones. */
async function withTrain(): Promise<AgentNodeWorld> {
  const world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '3g.20gb': 1, '1g.5gb': 4 }), {
    library: world.machine.library,
  })
  const [start] = (await world.layout()).flatMap((line) => /3g\.20gb at (\d)/.exec(line)?.[1] ?? [])
  world.addPod({ name: 'train', device: await world.device('3g.20gb', Number(start)) })
  world.writeConfig(agentConfigs)
  return world
}

test('a configuration that stands on the node is applied, with every placement', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  world.start()
  want(world, 'of-the-node', own)
  await world.untilState('success')
  expect(await world.layout()).toEqual(['GPU 0: 1g.5gb at 0', 'GPU 0: 3g.20gb at 4'])
})

test('a name that node and file both have means that of the node, and every other name that of the file', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  world.start()
  want(world, 'halves', own)
  await world.untilState('success', 1)
  expect(await world.layout()).toHaveLength(3)
  want(world, 'small', own)
  await world.untilState('success', 2)
  expect(await world.layout()).toHaveLength(7)
})

test('a change of the configuration on the node under the same name is applied anew', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  world.start()
  want(world, 'of-the-node', own)
  await world.untilState('success', 1)
  want(world, 'of-the-node', own.replace('3g.20gb, start: 4', '2g.10gb, start: 2'))
  await world.untilState('success', 2)
  expect(await world.layout()).toEqual(['GPU 0: 1g.5gb at 0', 'GPU 0: 2g.10gb at 2'])
})

test('an agent that is started in the middle of a run goes on with the configuration of the node', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  const first = world.start()
  want(world, 'of-the-node', own)
  await world.until(() => world.record().step === 'apply')
  await first.stop()
  world.start()
  await world.untilState('success', 1)
  expect(await world.layout()).toEqual(['GPU 0: 1g.5gb at 0', 'GPU 0: 3g.20gb at 4'])
})

test('a text on the node that cannot be read fails with the reason, and nothing is touched', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  world.start()
  want(
    world,
    'of-the-node',
    'version: mig-nvml/v1\nmig-configs: {of-the-node: [{devices: nonsense}]}',
  )
  await world.untilState('failed')
  expect(world.record().reason).toMatch(/of-the-node\[0\]\.devices is not a GPU/)
  expect(world.machine.callCounts().changing).toBe(0)
})

test('a configuration of the node that needs a device with a pod fails at once, without a taint and without an eviction', async () => {
  await using world = await withTrain()
  const before = await world.layout()
  world.machine.resetCallCounts()
  world.start()
  want(world, 'halves', own)
  await world.untilState('failed')
  expect(world.record()).toMatchObject({ retryAt: null, fenced: false })
  expect(world.record().reason).toMatch(
    /team-a\/train; the configuration stands on the node, and may not evict this pod/,
  )
  expect(world.decisions.some(({ record }) => record.fenced)).toBe(false)
  expect(world.cluster.evicted).toEqual([])
  expect(await world.layout()).toEqual(before)
  expect(world.machine.callCounts().changing).toBe(0)
})

test('a pod that comes to what goes after the plan keeps its device, and the run goes back', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig', {
    labels: { 'nvidia.com/gpu.deploy.device-plugin': 'true' },
    clients: ['device-plugin'],
  })
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library: world.machine.library })
  const device = await world.device('7g.40gb', 0)
  world.writeConfig(agentConfigs)
  world.start()
  want(world, 'of-the-node', own)
  await world.until(() => world.record().step === 'pause')
  world.addPod({ name: 'quick', device })
  await world.untilState('failed')
  // At once, and not after the time that clients of the GPUs have.
  expect(world.record().reason).toMatch(
    /quick; the configuration stands on the node, and may not evict this pod/,
  )
  expect(await world.layout()).toEqual(['GPU 0: 7g.40gb at 0'])
  expect(world.cluster.evicted).toEqual([])
  expect(world.node()['spec']).toEqual({ taints: [] })
})

test('with the annotation mig-nvml/evict "true" on the node, its configuration evicts as one of the file does', async () => {
  await using world = await withTrain()
  world.start()
  want(world, 'halves', own, 'true')
  await world.untilState('success')
  expect(world.cluster.evicted).toEqual(['team-a/train'])
  expect(await world.layout()).toHaveLength(3)
})

test('pods that the annotation mig-nvml/evict names on the node are evicted for its configuration', async () => {
  await using world = await withTrain()
  world.start()
  want(world, 'halves', own, 'team-a/other,team-a/train')
  await world.untilState('success')
  expect(world.cluster.evicted).toEqual(['team-a/train'])
  expect(await world.layout()).toHaveLength(3)
})

test('a pod beside those that the annotation mig-nvml/evict names keeps its device, and no pod is evicted', async () => {
  await using world = await withTrain()
  world.addPod({ name: 'small', device: await world.device('1g.5gb', 0) })
  world.start()
  want(world, 'halves', own, 'team-a/train')
  await world.untilState('failed')
  expect(world.record().reason).toMatch(/team-a\/small; .* may not evict this pod/)
  expect(world.cluster.evicted).toEqual([])
})

test('configurations on the node change nothing for one of the file: its pods in the way are evicted', async () => {
  await using world = await withTrain()
  world.start()
  want(world, 'small', own)
  await world.untilState('success')
  expect(world.cluster.evicted).toEqual(['team-a/train'])
})
