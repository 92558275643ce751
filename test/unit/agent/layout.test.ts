import { expect, test } from 'vitest'
import { applyMigConfig, listMigDevices } from '../../../lib/index.js'
import { readNodeLayout } from '../../../lib/kubernetes.js'
import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import { agentConfigs } from '../../support/agent-configs.js'
import { type AgentNodeWorld, createAgentNode } from '../../support/agent-node.js'
import { wantOnAll } from '../../support/wanted.js'

const minute = 60_000
const every = { layoutIntervalMs: minute / 2, intervalMs: minute / 2 }

function textOf(world: AgentNodeWorld): string {
  return world.node().metadata.annotations?.['mig-nvml/layout'] ?? ''
}

function layoutOf(world: AgentNodeWorld): NodeLayout | null {
  return textOf(world) === '' ? null : readNodeLayout(textOf(world))
}

/** Every call of the cluster that an agent has made since, by name. */
function countCalls(world: AgentNodeWorld): { readonly [name: string]: number } {
  const counts: Record<string, number> = {}
  world.cluster.beforeCall = (name) => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

async function pass(world: AgentNodeWorld, ms: number): Promise<void> {
  const until = world.clock.now() + ms
  await world.until(() => world.clock.now() >= until)
}

test('an agent publishes the layout when it starts, without any label', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '3g.20gb': 1 }), { library: world.machine.library })
  world.start(every)
  await world.until(() => textOf(world) !== '')
  expect(
    listMigDevices(layoutOf(world)?.state ?? { driverVersion: '', gpus: [], lostGpus: [] }),
  ).toEqual(listMigDevices(await world.state()))
})

test('the layout after a run names that run, and so readers know whether it is older than the record', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  world.start(every)
  await world.until(() => layoutOf(world)?.run === 0)
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('success', 1)
  await world.until(() => layoutOf(world)?.run === 1)
  expect(layoutOf(world)?.state.gpus[0]?.gpuInstances).toHaveLength(2)
})

test('a pod that comes or goes is in the layout after the next look', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  world.start(every)
  await world.until(() => layoutOf(world)?.holders.length === 0)
  world.addPod({ name: 'train', device: await world.device('3g.20gb', 4) })
  await world.until(() => layoutOf(world)?.holders.length === 1)
  expect(layoutOf(world)?.holders[0]?.pods).toEqual([{ namespace: 'team-a', name: 'train' }])
})

test('a pod that comes while the agent looks, and is gone before it looks again, does not stay in the layout', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  const brief = await world.device('3g.20gb', 0)
  world.start(every)
  await world.until(() => layoutOf(world)?.holders.length === 0)
  let isThere = false
  world.cluster.beforeCall = (name) => {
    if (name === 'list' && !isThere) world.addPod({ name: 'brief', device: brief })
    if (name === 'list') isThere = true
  }
  world.addPod({ name: 'train', device: await world.device('3g.20gb', 4) })
  await world.until(() => layoutOf(world)?.holders.length === 2)
  world.endPod('team-a/brief')
  await pass(world, minute)
  expect(layoutOf(world)?.holders.flatMap(({ pods }) => pods)).toEqual([
    { namespace: 'team-a', name: 'train' },
  ])
})

test('while nothing changes the API server is neither asked nor written to, but for a renewal every ten minutes', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.start(every)
  await world.until(() => textOf(world) !== '')
  const counts = countCalls(world)
  const before = textOf(world)
  await pass(world, 9 * minute)
  expect(counts).toEqual({})
  expect(textOf(world)).toBe(before)
  await pass(world, 2 * minute)
  expect(counts).toEqual({ list: 1, merge: 1 })
  // A reader that comes at any time finds a layout that still counts.
  expect(Date.parse(readNodeLayout(before).validUntil)).toBeGreaterThan(
    Date.parse(layoutOf(world)?.readAt ?? ''),
  )
})

test('however many pods come and go, the node is written at most once for each interval', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library: world.machine.library })
  const devices = listMigDevices(await world.state())
  world.start({ layoutIntervalMs: minute, intervalMs: minute / 6 })
  await world.until(() => textOf(world) !== '')
  const counts = countCalls(world)
  for (const [index, { uuid }] of [...devices, ...devices].entries()) {
    if (uuid !== null) world.addPod({ name: `pod-${index}`, device: uuid })
    await pass(world, minute / 6)
  }
  expect(counts['merge']).toBeGreaterThan(0)
  expect(counts['merge']).toBeLessThanOrEqual(3)
})

test('a layout that cannot be written is written when the cluster is back, and the log says why once', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.start(every)
  await world.until(() => textOf(world) !== '')
  const before = textOf(world)
  world.cluster.isDown = true
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  await pass(world, 5 * minute)
  world.cluster.isDown = false
  await world.until(() => textOf(world) !== before)
  expect(layoutOf(world)?.state.gpus[0]?.gpuInstances).toHaveLength(2)
  expect(world.lines.filter((line) => line.startsWith('cannot write the layout'))).toHaveLength(1)
})

test('a GPU that falls off the bus is in the layout as lost', async () => {
  await using world = createAgentNode('2x A100-SXM4-40GB +mig')
  world.start(every)
  await world.until(() => layoutOf(world)?.state.gpus.length === 2)
  world.machine.loseGpu(1)
  await world.until(() => layoutOf(world)?.state.gpus.length === 1)
  expect(layoutOf(world)?.state.lostGpus).toMatchObject([{ index: 1 }])
})

test('an agent with an interval of 0 publishes no layout', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  world.writeConfig(agentConfigs)
  world.start({ layoutIntervalMs: 0 })
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('success')
  await pass(world, 20 * minute)
  expect(textOf(world)).toBe('')
})
