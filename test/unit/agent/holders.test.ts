import { expect, test } from 'vitest'
import { applyMigConfig, readMigState } from '../../../lib/index.js'
import { agentConfigs } from '../../support/agent-configs.js'
import { type AgentNodeWorld, createAgentNode } from '../../support/agent-node.js'
import { wantOnAll } from '../../support/wanted.js'

const small = 'nvidia.com/mig-1g.5gb'

/** A node of two halves. The configuration `mixed` keeps either one. */
async function withHalves(hasKubelet: boolean): Promise<AgentNodeWorld> {
  const world = createAgentNode('A100-SXM4-40GB +mig', { hasKubelet })
  await applyMigConfig(wantOnAll({ '3g.20gb': 2 }), { library: world.machine.library })
  world.writeConfig(agentConfigs.replace('1g.5gb: 4', '1g.5gb: 3'))
  return world
}

test.each([true, false])(
  'pods are found by the allocations of their claims, where the kubelet lists no claims (its socket is there: %s)',
  async (hasKubelet) => {
    await using world = await withHalves(hasKubelet)
    world.addPod({ name: 'lower', claimed: ['gpu-0-mig-3g20gb-9-0'] })
    world.addPod({ name: 'upper', claimed: ['gpu-0-mig-3g20gb-9-4'] })
    world.addPod({ name: 'other', claimed: [] })
    world.start()
    world.setLabel('nvidia.com/mig.config', 'small')
    await world.untilState('success')
    expect(world.cluster.evicted).toEqual(['team-a/lower', 'team-a/upper'])
    expect(world.podNames()).toEqual(['team-a/other'])
  },
)

test.each([0, 4])(
  'without the kubelet, the device of a claim at %i stays where a free one can go in its place',
  async (start) => {
    await using world = await withHalves(false)
    const device = await world.device('3g.20gb', start)
    world.addPod({ name: 'holder', claimed: [`gpu-0-mig-3g20gb-9-${start}`] })
    world.start()
    world.setLabel('nvidia.com/mig.config', 'mixed')
    await world.untilState('success')
    expect(world.cluster.evicted).toEqual([])
    expect(await world.device('3g.20gb', start)).toBe(device)
  },
)

test('a claim that cannot be read keeps every pod and every device as they are', async () => {
  await using world = await withHalves(false)
  world.addPod({ name: 'holder', claimed: ['gpu-0-mig-3g20gb-9-4'] })
  world.machine.resetCallCounts()
  world.cluster.unreadable.add('resourceclaims')
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('failed')
  expect(world.record().reason).toMatch(/resourceclaims/)
  expect(world.cluster.evicted).toEqual([])
  expect(world.machine.callCounts().changing).toBe(0)
})

test('a pod to which the kubelet has yet to give a device is waited for, and keeps the one that it gets', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library: world.machine.library })
  world.writeConfig(agentConfigs.replace('1g.5gb: 4', '1g.5gb: 3'))
  world.addPod({ name: 'early', wants: small, phase: 'Pending' })
  world.start()
  world.setLabel('nvidia.com/mig.config', 'mixed')
  await world.until(() => world.record().step === 'evict' && world.record().reason !== null)
  expect(world.record().reason).toBe(
    'pod team-a/early wants nvidia.com/mig-1g.5gb; the kubelet has yet to give it devices, and may give it any',
  )
  const device = await world.device('1g.5gb', 5)
  world.giveDevice('team-a/early', device)
  await world.untilState('success')
  expect(world.cluster.evicted).toEqual([])
  expect(await world.device('1g.5gb', 5)).toBe(device)
})

test.each(['the kubelet and then the API server', 'the API server and then the kubelet'])(
  'a pod that starts while the agent asks %s keeps its device',
  async (order) => {
    await using world = createAgentNode('A100-SXM4-40GB +mig')
    await applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library: world.machine.library })
    world.writeConfig(agentConfigs.replace('1g.5gb: 4', '1g.5gb: 3'))
    // The least change of an idle GPU takes this one.
    const device = await world.device('1g.5gb', 5)
    const startOnce = (name: string): void => {
      if (name !== 'list' || world.record().step !== 'apply') return
      if (world.held().size === 0) world.addPod({ name: 'late', device, wants: small })
    }
    if (order.startsWith('the kubelet')) world.cluster.beforeCall = startOnce
    else world.cluster.afterCall = startOnce
    world.start()
    world.setLabel('nvidia.com/mig.config', 'mixed')
    await world.untilState('success')
    expect(world.held().get('team-a/late')).toBe(device)
    expect(world.cluster.evicted).toEqual([])
    expect(await world.device('1g.5gb', 5)).toBe(device)
  },
)

test('a pod that waits for a device keeps nothing from a run that only creates', async () => {
  await using world = createAgentNode('A100-SXM4-40GB +mig')
  await applyMigConfig(wantOnAll({ '1g.5gb': 3 }), { library: world.machine.library })
  world.writeConfig(agentConfigs)
  world.addPod({ name: 'early', wants: small, phase: 'Pending' })
  world.start()
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('success')
})

test('a mirror pod is not evicted; it keeps what it holds until it is gone, and the reason names it', async () => {
  await using world = await withHalves(true)
  world.addPod({ name: 'plain', device: await world.device('3g.20gb', 0) })
  world.addPod({
    name: 'manifest',
    namespace: 'kube-system',
    device: await world.device('3g.20gb', 4),
    annotations: { 'kubernetes.io/config.mirror': 'digest' },
  })
  world.start({ settings: { evictMs: 60_000 } })
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('failed', 1)
  expect(world.record().reason).toMatch(
    /3g\.20gb at 4 on GPU 0 is held by pod kube-system\/manifest; the kubelet runs it from a file, and no eviction ends it.*for 60 s/,
  )
  expect(world.cluster.evicted).toEqual([])
  expect(await world.layout()).toHaveLength(2)
  world.cluster.drop('pods', 'manifest', 'kube-system')
  await world.untilState('success')
  expect(world.cluster.evicted).toEqual(['team-a/plain'])
})

test('pods with whole GPUs go before the MIG mode of these changes, and those of other GPUs stay', async () => {
  await using world = createAgentNode('2x A100-SXM4-40GB')
  const { gpus } = await readMigState({ library: world.machine.library })
  world.addPod({ name: 'by-uuid', device: gpus[0]?.uuid ?? '' })
  world.addPod({ name: 'by-claim', claimed: ['gpu-0'] })
  world.addPod({ name: 'by-index', device: '0::3' })
  world.addPod({ name: 'beside', device: gpus[1]?.uuid ?? '' })
  world.writeConfig(
    'version: v1\nmig-configs:\n  first: [{devices: [0], mig-enabled: true, mig-devices: {7g.40gb: 1}}]\n',
  )
  world.start()
  world.setLabel('nvidia.com/mig.config', 'first')
  await world.untilState('success')
  expect(world.cluster.evicted).toEqual(['team-a/by-claim', 'team-a/by-index', 'team-a/by-uuid'])
  expect(world.podNames()).toEqual(['team-a/beside'])
})

test('every pod on a GPU goes before MIG is turned off there', async () => {
  await using world = await withHalves(true)
  world.addPod({ name: 'lower', device: await world.device('3g.20gb', 0) })
  world.addPod({ name: 'upper', claimed: ['gpu-0-mig-3g20gb-9-4'] })
  world.start()
  world.setLabel('nvidia.com/mig.config', 'none')
  await world.untilState('success')
  expect(world.cluster.evicted).toEqual(['team-a/lower', 'team-a/upper'])
  expect((await world.state()).gpus[0]?.mig?.enabled).toBe(false)
})

test.each([undefined, 0, 7])('a grace period of %s reaches the eviction', async (seconds) => {
  await using world = await withHalves(true)
  world.addPod({ name: 'lower', device: await world.device('3g.20gb', 0) })
  world.start(seconds === undefined ? {} : { gracePeriodSeconds: seconds })
  world.setLabel('nvidia.com/mig.config', 'small')
  await world.untilState('success')
  expect(world.cluster.gracePeriods).toEqual([seconds])
})
