import { expect, test, vi } from 'vitest'
import { applyMigConfig } from '../../../lib/index.js'
import { agentConfigs } from '../../support/agent-configs.js'
import { type AgentNodeWorld, createAgentNode } from '../../support/agent-node.js'
import { wantOnAll } from '../../support/wanted.js'

interface Waiting {
  readonly world: AgentNodeWorld
  /** When the pod was evicted. */
  evictedAt(): number
  /** When each look at the pods of the node began. */
  readonly looks: readonly number[]
}

/** A pod in the way that takes so many milliseconds to end, from its eviction. */
async function withSlowPod(ms: number): Promise<Waiting> {
  let evictedAt = Number.POSITIVE_INFINITY
  const looks: number[] = []
  const world = createAgentNode('A100-SXM4-40GB +mig', { lingers: () => true })
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  world.addPod({ name: 'train', device: await world.device('3g.20gb', 4) })
  world.cluster.beforeCall = (name) => {
    if (world.clock.now() >= evictedAt + ms) world.endPod('team-a/train')
    if (name === 'list') looks.push(world.clock.now())
    if (name === 'evict') evictedAt = Math.min(evictedAt, world.clock.now())
  }
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  return { world, looks, evictedAt: () => evictedAt }
}

test.each([0, 300, 3000, 60_000, 600_000])(
  'a pod that ends %i ms after its eviction holds the run up for a quarter longer at most, and for two seconds at most',
  async (ms) => {
    const { world, evictedAt } = await withSlowPod(ms)
    await using _ = world
    await world.untilState('success')
    const late = world.clock.now() - evictedAt() - ms
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThanOrEqual(Math.min(2000, Math.max(100, (ms + 100) / 4)))
  },
)

test('a pod that takes ten minutes to end costs a look every two seconds, and not many more at first', async () => {
  const { world, looks, evictedAt } = await withSlowPod(600_000)
  await using _ = world
  await world.untilState('success')
  const within = (ms: number): number =>
    looks.filter((time) => time >= evictedAt() && time < evictedAt() + ms).length
  expect(within(1000)).toBeLessThan(15)
  expect(within(10_000)).toBeLessThan(30)
  expect(within(600_000)).toBeLessThan(330)
})

test('a client that stops at once lets the change begin at once', async () => {
  const labels = { 'nvidia.com/gpu.deploy.dcgm': 'true' }
  await using world = createAgentNode('A100-SXM4-40GB +mig', { labels, clients: ['dcgm'] })
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  const since = world.clock.now()
  await world.untilState('success')
  expect(world.clock.now() - since).toBeLessThanOrEqual(100)
})

test('a run is over when the node advertises its resources, without a pause until the next look', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig', {
    labels: { 'nvidia.com/mig.strategy': 'mixed' },
  })
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.until(() => world.record().reason?.includes('advertises') === true)
  const since = world.clock.now()
  world.cluster.edit('nodes', 'node-1', (node) => ({
    ...node,
    status: { ...Object(node['status']), allocatable: { 'nvidia.com/mig-3g.20gb': '2' } },
  }))
  // The clock stands still.
  await vi.waitFor(() => expect(world.label('nvidia.com/mig.config.state')).toBe('success'), 60_000)
  expect(world.clock.now()).toBe(since)
})
