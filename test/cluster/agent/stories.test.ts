import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import { conditionOf, phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, createBudget, createPod, eventsOf, podsOf } from './agent-world.js'
import { useAgentCluster } from './use-agent-cluster.js'

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'an agent in a real cluster',
  () => {
    const cluster = useAgentCluster()
    let admin: ClusterClient
    let world: AgentWorld
    let serial = 0
    beforeAll(() => {
      admin = cluster.admin()
    })
    afterEach(() => cluster.clear())
    const createWorld = async (spec: string): Promise<AgentWorld> => {
      world = await cluster.createWorld(`node-${++serial}`, spec)
      return world
    }
    const isRunning = async (name: string): Promise<boolean> =>
      phaseOf(await admin.get({ ...podsOf, name })) === 'Running'

    test('a label becomes a layout, then pods for its sizes run, and nothing is left on the node', async () => {
      await createWorld('a100-40gb')
      await world.start()
      await world.want('halves')
      await world.untilState('success', 'halves')
      expect([...(await world.layout()).keys()]).toEqual([
        '3g.20gb at 0 on GPU 0',
        '3g.20gb at 4 on GPU 0',
      ])
      expect(await world.allocatable('nvidia.com/mig-3g.20gb')).toBe('2')
      expect(await world.taints()).toEqual([])
      expect(conditionOf(await world.object(), 'MigConfigured')).toBe('True')
      await world.runPod('first', 'nvidia.com/mig-3g.20gb')
      const [before] = world.kubelet.held()

      // The pod keeps its half while the other one is divided.
      await world.want('mixed')
      await world.untilState('success', 'mixed')
      expect(world.kubelet.held()).toEqual([before])
      expect([...(await world.layout()).values()]).toContain(before?.device)
      expect(await world.allocatable('nvidia.com/mig-1g.5gb')).toBe('3')
      await world.runPod('second', 'nvidia.com/mig-1g.5gb')
      expect(world.kubelet.broken).toEqual([])
    })

    test('of seven pods, the two in the way are evicted as their budget allows, and five run on untouched', async () => {
      await createWorld('a100-40gb +mig')
      await world.start()
      await world.want('small')
      await world.untilState('success', 'small')
      for (let index = 0; index < 7; index++)
        await world.runPod(`pod-${index}`, 'nvidia.com/mig-1g.5gb', 'seven')
      // At most one of them may be away at a time.
      await createBudget(admin, 'seven', 6)
      const before = world.kubelet.held()
      await world.want('five-and-one')
      // A Deployment would bring a new pod for each that goes; else the budget never allows the second one.
      await until('the first eviction', async () => (await livingPods()).length === 6)
      await createPod(admin, 'elsewhere', 'replacement', 'example.com/none', 'seven')
      await admin.merge(
        { ...podsOf, name: 'replacement' },
        { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
        { subresource: 'status' },
      )
      const { history } = await world.untilState('success', 'five-and-one')
      expect(history[0]?.evicted).toHaveLength(2)
      const kept = world.kubelet.held()
      expect(kept).toHaveLength(5)
      expect(before).toEqual(expect.arrayContaining([...kept]))
      expect(await world.allocatable('nvidia.com/mig-2g.10gb')).toBe('1')
      expect(world.kubelet.broken).toEqual([])
      expect(await world.taints()).toEqual([])
    })

    test('a budget that allows nothing is named while the agent waits; at its limit everything is as before', async () => {
      await createWorld('a100-40gb +mig')
      await world.start({ args: ['--evict-timeout=6'] })
      await world.want('halves')
      await world.untilState('success', 'halves')
      await world.runPod('one', 'nvidia.com/mig-3g.20gb', 'guarded')
      await world.runPod('two', 'nvidia.com/mig-3g.20gb', 'guarded')
      await createBudget(admin, 'guarded', 2)
      const [layout, held] = [await world.layout(), world.kubelet.held()]
      world.node.machine.resetCallCounts()
      await world.want('small')
      const waiting = await until('the reason', async () => {
        const now = await world.record()
        return now?.reason?.includes('guarded') ? now.reason : null
      })
      expect(waiting).toMatch(/3g\.20gb at [04] on GPU 0.*default\/(one|two)/)
      const { reason } = await world.untilState('failed', 'small')
      expect(reason).toMatch(/default\/(one|two)/)
      expect(await world.layout()).toEqual(layout)
      expect(world.kubelet.held()).toEqual(held)
      expect(world.node.machine.callCounts().changing).toBe(0)
      expect(await world.taints()).toEqual([])
      expect(
        (await eventsOf(admin, world.node.name)).some((text) => text.includes('default/')),
      ).toBe(true)
      expect(await isRunning('one')).toBe(true)
    })

    test.each(['unheard-of', 'impossible'])(
      'the configuration %s is refused before anything is touched, and the node says why',
      async (config) => {
        await createWorld('a100-40gb +mig')
        await world.start()
        await world.want('halves')
        await world.untilState('success', 'halves')
        await world.runPod('busy', 'nvidia.com/mig-3g.20gb')
        world.node.machine.resetCallCounts()
        await world.want(config)
        const { reason } = await world.untilState('failed', config)
        expect(reason).toMatch(config === 'unheard-of' ? /unheard-of/ : /7g\.40gb/)
        expect(conditionOf(await world.object(), 'MigConfigured')).toBe('False')
        expect(world.node.machine.callCounts().changing).toBe(0)
        expect(await isRunning('busy')).toBe(true)
      },
    )

    test('a label that changes twice in the middle leads to the last one', async () => {
      await createWorld('a100-40gb')
      world.node.machine.setLatency('a100')
      await world.start()
      await world.want('halves')
      await until('the change', async () => (await world.record())?.step === 'apply')
      await world.want('small')
      await world.want('mixed')
      await world.untilState('success', 'mixed')
      expect((await world.layout()).size).toBe(4)
      expect(await world.taints()).toEqual([])
    })

    test("DeepOps' procedure: an administrator's taints and cordon survive the change between them", async () => {
      await createWorld('a100-40gb +mig')
      await world.start()
      const object = { apiVersion: 'v1', resource: 'nodes', name: world.node.name }
      const taints = [
        { key: 'mig', value: 'maintenance', effect: 'NoSchedule' },
        { key: 'mig', value: 'maintenance', effect: 'NoExecute' },
      ]
      await admin.merge(object, { spec: { unschedulable: true, taints } })
      await world.want('halves')
      await world.untilState('success', 'halves')
      expect(await world.taints()).toEqual(
        expect.arrayContaining(taints.map((taint) => expect.objectContaining(taint))),
      )
      expect(await world.object()).toHaveProperty('spec.unschedulable', true)
      await admin.merge(object, { spec: { unschedulable: null, taints: null } })
      await world.runPod('after', 'nvidia.com/mig-3g.20gb')
    })

    async function livingPods(): Promise<readonly string[]> {
      const { items } = await admin.list(podsOf)
      return items
        .filter((pod) => phaseOf(pod) === 'Running')
        .map(({ metadata }) => metadata.name ?? '')
    }
  },
)
