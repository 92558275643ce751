import { expect, test } from 'vitest'
import { applyMigConfig } from '../../../lib/index.js'
import { agentConfigs } from '../../support/agent-configs.js'
import { type AgentNodeWorld, createAgentNode } from '../../support/agent-node.js'
import { wantOnAll } from '../../support/wanted.js'

/** Seven pods on seven small devices. */
async function withSevenPods(): Promise<AgentNodeWorld> {
  const world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library: world.machine.library })
  for (let start = 0; start < 7; start++)
    world.addPod({
      name: `job-${start}`,
      device: await world.device('1g.5gb', start),
      labels: { app: start < 4 ? 'low' : 'high' },
    })
  world.writeConfig(agentConfigs)
  return world
}

test('only the pods on what the plan destroys are evicted, and the others keep their devices', async () => {
  await using world = await withSevenPods()
  const kept = (await world.layout()).length
  expect(kept).toBe(7)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'mixed')
  await world.untilState('success')
  expect(world.cluster.evicted).toHaveLength(3)
  expect(world.podNames()).toHaveLength(4)
  // The four that stay hold the same devices as before.
  for (const name of world.podNames()) {
    const start = Number(name.at(-1))
    expect(await world.layout()).toContain(`GPU 0: 1g.5gb at ${start}`)
  }
  expect(world.record().history[0]?.evicted).toHaveLength(3)
})

test('a budget that allows one at a time is waited for, and no pod is evicted against it', async () => {
  await using world = await withSevenPods()
  const budget = { namespace: 'team-a', label: 'high', allowed: 1 }
  const other = { namespace: 'team-a', label: 'low', allowed: 1 }
  world.cluster.budgets.push(budget, other)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'mixed')
  const counts: number[] = []
  await world.until(() => {
    const { length } = world.cluster.evicted
    if (length > (counts.at(-1) ?? 0)) counts.push(length)
    // A replacement runs elsewhere after a while.
    for (const each of [budget, other]) each.allowed = 1
    return (
      world.record().step === 'idle' && world.label('nvidia.com/mig.config.state') === 'success'
    )
  })
  expect(world.cluster.evicted).toHaveLength(3)
  expect(counts.length).toBeGreaterThan(1)
})

test('a budget that allows nothing keeps everything as it was, and the reason names pod, device and budget', async () => {
  await using world = await withSevenPods()
  world.cluster.budgets.push({ namespace: 'team-a', label: 'high', allowed: 0 })
  world.cluster.budgets.push({ namespace: 'team-a', label: 'low', allowed: 0 })
  const before = await world.layout()
  world.machine.resetCallCounts()
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.until(() => world.record().step === 'evict' && world.record().reason !== null)
  expect(world.record().reason).toMatch(
    /1g\.5gb at 0 on GPU 0 is held by pod team-a\/job-0; its PodDisruptionBudget allows no eviction/,
  )
  expect(world.cluster.events.map(({ message }) => message)).toContain(world.record().reason)
  await world.untilState('failed')
  expect(world.record().reason).toMatch(/for 1800 s$/)
  expect(world.cluster.evicted).toEqual([])
  expect(world.podNames()).toHaveLength(7)
  expect(await world.layout()).toEqual(before)
  expect(world.machine.callCounts().changing).toBe(0)
  expect(world.record()).toMatchObject({ fenced: false, pausing: false, paused: {} })
})

test('no pod is evicted while the budget of another one in the way forbids its eviction', async () => {
  await using world = await withSevenPods()
  world.cluster.budgets.push({ namespace: 'team-a', label: 'high', allowed: 0 })
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.untilState('failed')
  expect(world.cluster.evicted).toEqual([])
})

test('a pod whose annotation forbids its eviction is waited for, and none is evicted meanwhile', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  world.addPod({ name: 'plain', device: await world.device('3g.20gb', 0) })
  world.addPod({
    name: 'precious',
    device: await world.device('3g.20gb', 4),
    annotations: { 'mig-nvml/evict': 'false' },
  })
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.until(() => world.record().reason?.includes('team-a/precious') === true)
  expect(world.cluster.evicted).toEqual([])
  world.cluster.drop('pods', 'precious', 'team-a')
  await world.untilState('success')
  expect(world.cluster.evicted).toEqual(['team-a/plain'])
})

test('a pod that is protected while others are being evicted stays', async () => {
  await using world = await withSevenPods()
  const budget = { namespace: 'team-a', label: 'low', allowed: 1 }
  world.cluster.budgets.push(budget, { namespace: 'team-a', label: 'high', allowed: 3 })
  world.start()
  world.setLabel('nvidia.com/mig.config', 'halves')
  await world.until(() => world.cluster.evicted.some((name) => /job-[0-3]$/.test(name)))
  const { evicted } = world.cluster
  const [kept = ''] = world
    .podNames()
    .filter((name) => /job-[0-3]$/.test(name) && !evicted.includes(name))
  const pod = world.cluster.find('pods', kept.replace('team-a/', ''), 'team-a')
  if (pod === undefined) throw new Error(kept)
  const annotations = { 'mig-nvml/evict': 'false' }
  world.cluster.put('pods', { ...pod, metadata: { ...pod.metadata, annotations } })
  budget.allowed = 4
  await world.untilState('failed')
  expect(world.record().reason).toContain(kept)
  expect(world.podNames()).toContain(kept)
  expect(evicted).not.toContain(kept)
})

test('a pod of a DaemonSet that no pause removes keeps the run from destroying its device', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library: world.machine.library })
  const device = await world.device('7g.40gb', 0)
  world.addPod({ name: 'exporter', owner: 'DaemonSet', device })
  world.addPod({ name: 'done', phase: 'Succeeded', device })
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('failed')
  expect(world.record().reason).toMatch(/team-a\/exporter; it belongs to a DaemonSet/)
  expect(world.cluster.evicted).toEqual([])
  expect(await world.layout()).toEqual(['GPU 0: 7g.40gb at 0'])
})

test('the least priority goes first', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  world.addPod({ name: 'a-high', priority: 1000, device: await world.device('3g.20gb', 0) })
  world.addPod({ name: 'z-low', priority: -5, device: await world.device('3g.20gb', 4) })
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('success')
  expect(world.cluster.evicted).toEqual(['team-a/z-low', 'team-a/a-high'])
})

test('a process outside of pods keeps its device, and the reason names it', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  world.machine.addProcess({
    pid: 4711,
    gpu: 0,
    gpuInstanceId: 1,
    computeInstanceId: 0,
    name: 'python3',
  })
  world.writeConfig(agentConfigs)
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('failed')
  expect(world.record().reason).toMatch(/in use by .*4711.* on 3g\.20gb at \d on GPU 0/)
  expect(await world.layout()).toHaveLength(2)
})

test('devices that pods have without any process are kept where free ones can go in their place', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library: world.machine.library })
  for (const start of [4, 5, 6])
    world.addPod({ name: `job-${start}`, device: await world.device('1g.5gb', start) })
  world.writeConfig(agentConfigs.replace('1g.5gb: 4', '1g.5gb: 3'))
  world.start()
  world.setLabel('nvidia.com/mig.config', 'mixed')
  await world.untilState('success')
  expect(world.cluster.evicted).toEqual([])
  expect(await world.layout()).toEqual([
    'GPU 0: 3g.20gb at 0',
    'GPU 0: 1g.5gb at 4',
    'GPU 0: 1g.5gb at 5',
    'GPU 0: 1g.5gb at 6',
  ])
})
