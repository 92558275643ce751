import { describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../../lib/index.js'
import type { AgentStep } from '../../../types/kubernetes/agent.js'
import { agentConfigs } from '../../support/agent-configs.js'
import { type AgentNodeWorld, createAgentNode } from '../../support/agent-node.js'
import { cordon, expectUnmarked, runSteps, withTwoPods } from '../../support/two-pods.js'
import { wantOnAll } from '../../support/wanted.js'

test('a driver that refuses a step leads back to the layout before, and the run is tried again later', async () => {
  await using world = await withTwoPods()
  const before = await world.layout()
  world.machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 3,
    error: 'NVML_ERROR_UNKNOWN',
  })
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('failed', 1)
  expect(world.record()).toMatchObject({ attempts: 1, history: [{ outcome: 'failed' }] })
  expect(world.record().reason).toMatch(/nvmlDeviceCreateGpuInstanceWithPlacement/)
  expect(await world.layout()).toEqual(before)
  expectUnmarked(world)
  await world.untilState('success', 2)
  expect(await world.layout()).toHaveLength(7)
  expectUnmarked(world)
})

test('a node that never advertises the new layout gets the one before back', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig', {
    labels: { 'nvidia.com/mig.strategy': 'mixed' },
    taints: cordon,
  })
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  const before = await world.layout()
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('failed')
  expect(world.record().reason).toMatch(/nvidia\.com\/mig-1g\.5gb: 0 in place of 7.*for 300 s/)
  expect(await world.layout()).toEqual(before)
  // Another round of evictions would end the same way.
  expect(world.record().retryAt).toBeNull()
  expect(world.node()['spec']).toEqual({ taints: cordon })
})

test('a client that does not go fails the run at its limit, and is not paused any more', async () => {
  await using world = await withTwoPods()
  world.addPod({
    name: 'stuck',
    namespace: 'gpu-operator',
    owner: 'DaemonSet',
    nodeSelector: { 'nvidia.com/gpu.deploy.device-plugin': 'true' },
  })
  world.start({ settings: { pauseMs: 60_000 } })
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('failed')
  expect(world.record().reason).toMatch(/still there: gpu-operator\/stuck, for 60 s/)
  expect(await world.layout()).toHaveLength(2)
  expectUnmarked(world)
})

test('an API server that is away for a while in the middle keeps nothing from its end', async () => {
  await using world = await withTwoPods()
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.until(() => world.record().step === 'apply')
  world.cluster.isDown = true
  const since = world.clock.now()
  await world.until(() => world.clock.now() > since + 30_000)
  world.cluster.isDown = false
  await world.untilState('success')
  expectUnmarked(world)
})

test('writers that change the node before each patch of ours lose nothing, and keep nothing from its end', async () => {
  await using world = await withTwoPods()
  let writes = 0
  let busy = false
  world.cluster.beforeCall = (name) => {
    if (name !== 'patch' || busy || writes % 3 === 2) {
      writes += name === 'patch' ? 1 : 0
      return
    }
    busy = true
    world.setLabel(`other/writer-${writes}`, 'kept')
    busy = false
    writes += 1
  }
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('success')
  expect(writes).toBeGreaterThan(10)
  const kept = Object.keys(world.node().metadata.labels ?? {}).filter((name) =>
    name.startsWith('other/'),
  )
  expect(kept.length).toBeGreaterThan(5)
  expectUnmarked(world)
})

test('a taint and an annotation that others remove in the middle come back until the end', async () => {
  await using world = await withTwoPods()
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.until(() => world.record().step === 'pause')
  world.cluster.edit('nodes', 'node-1', (node) => ({
    ...node,
    metadata: { ...node.metadata, annotations: {} },
    spec: { taints: cordon },
  }))
  await world.untilState('success')
  expectUnmarked(world)
})

test('an agent that finds a taint and paused clients, and no record of them, takes them away', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig', {
    labels: {
      'nvidia.com/gpu.deploy.device-plugin': 'paused-for-mig-change',
      'nvidia.com/mig.strategy': 'mixed',
    },
    taints: [{ key: 'mig-nvml/changing', effect: 'NoSchedule' }, ...cordon],
    clients: ['device-plugin'],
  })
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('success')
  expectUnmarked(world)
})

test('a client that an administrator has turned off in the meantime stays off', async () => {
  await using world = await withTwoPods()
  world.start()
  world.setLabel('nvidia.com/mig.config', 'none')
  await world.until(() => world.record().step === 'apply')
  world.setLabel('nvidia.com/gpu.deploy.device-plugin', 'false')
  await world.until(() => world.record().step === 'await')
  expect(world.label('nvidia.com/gpu.deploy.device-plugin')).toBe('false')
})

describe('an agent that dies just as it begins a step', () => {
  test.each(runSteps)('leaves "%s" to the next one, which comes to the end', async (step) => {
    await using world = await withTwoPods()
    const dead = world.start({
      // It dies after the record is written, and before the step is performed.
      ...dying(world, step),
    })
    world.setLabel('nvidia.com/mig.config', 'small')
    await world.until(() => world.lines.includes('dead'))
    await dead.ended.catch(() => {})
    world.cluster.beforeCall = () => {}
    expect(world.record().step).toBe(step)
    world.start()
    await world.untilState('success')
    expect(await world.layout()).toHaveLength(7)
    expect(world.cluster.evicted.toSorted()).toEqual(['team-a/left', 'team-a/right'])
    expectUnmarked(world)
  })

  test.each(['roll-back', 'publish', 'resume', 'unfence'] as const)(
    'leaves "%s" of the way back to the next one, which brings all back',
    async (step) => {
      await using world = await withTwoPods()
      const before = await world.layout()
      world.machine.fail({
        fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
        nth: 3,
        error: 'NVML_ERROR_UNKNOWN',
      })
      const dead = world.start(dying(world, step))
      world.setLabel('nvidia.com/mig.config', 'small')
      await world.until(() => world.lines.includes('dead'))
      await dead.ended.catch(() => {})
      world.cluster.beforeCall = () => {}
      world.start()
      await world.untilState('failed', 1)
      expect(await world.layout()).toEqual(before)
      expectUnmarked(world)
    },
  )
})

/** From the moment at which the record names the step, no call of this agent gets through. */
function dying(world: AgentNodeWorld, step: AgentStep): object {
  const abort = new AbortController()
  let isDead = false
  world.cluster.beforeCall = (name) => {
    if (isDead) throw new Error('dead')
    if (name !== 'event' && name !== 'apply' && world.record().step === step) {
      isDead = true
      world.lines.push('dead')
      abort.abort(new Error('killed'))
      throw new Error('dead')
    }
  }
  return { signal: abort.signal }
}
