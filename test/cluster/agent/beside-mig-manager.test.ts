import { describe, expect, test } from 'vitest'
import { applyMigConfig } from '../../../lib/index.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, podsOf } from './agent-world.js'
import { useAgentCluster } from './use-agent-cluster.js'

const deploy = ['device-plugin', 'gpu-feature-discovery', 'dcgm-exporter', 'dcgm'].map(
  (name) => `nvidia.com/gpu.deploy.${name}`,
)
const paused = 'paused-for-mig-change'
const stateLabel = 'nvidia.com/mig.config.state'

/** What a change of a node with pods costs. */
interface Figures {
  readonly podsDisturbed: number
  readonly instancesDestroyed: number
  /** From the label until the node advertises the new layout. */
  readonly seconds: number
}

interface Way {
  prepare?(): Promise<void>
  change(): Promise<void>
}

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  "the agent beside mig-manager's flow on the same node",
  () => {
    const cluster = useAgentCluster()
    let world: AgentWorld
    let serial = 0

    test('of seven pods on a GPU of which two must go, the agent disturbs two, and the other flow all', async () => {
      const agent = await measure('agent', {
        // Like mig-manager, it runs on the node all the time.
        async prepare() {
          await world.start()
          await world.want('small')
          await world.untilState('success', 'small')
        },
        async change() {
          await world.want('five-and-one')
          await world.untilState('success', 'five-and-one')
        },
      })
      expect(world.kubelet.losses()).toEqual([])
      await cluster.clear()
      const flow = await measure('flow', { change: changeAsMigManager })
      console.log(`beside mig-manager's flow: ${JSON.stringify({ agent, flow })}`)
      expect(agent).toMatchObject({ podsDisturbed: 2, instancesDestroyed: 2 })
      expect(flow).toMatchObject({ podsDisturbed: 7, instancesDestroyed: 7 })
    })

    async function measure(
      name: string,
      { prepare = async () => {}, change }: Way,
    ): Promise<Figures> {
      world = await cluster.createWorld(`beside-${name}`, 'a100-40gb +mig')
      const { machine } = world.node
      await applyMigConfig({ gpu: 0, migDevices: { '1g.5gb': 7 } }, { library: machine.library })
      await label(Object.fromEntries(deploy.map((key) => [key, 'true'])))
      const pods = Array.from({ length: 7 }, () => `worker-${++serial}`)
      for (const pod of pods) await world.runPod(pod, 'nvidia.com/mig-1g.5gb')
      await prepare()
      machine.setLatency('a100')
      const before = machine.journal().at(-1)?.sequence ?? 0
      const begin = performance.now()
      await change()
      await until('the new resources', async () => {
        const counts = [
          await world.allocatable('nvidia.com/mig-1g.5gb'),
          await world.allocatable('nvidia.com/mig-2g.10gb'),
        ]
        return counts.join() === '5,1'
      })
      const seconds = Math.round((performance.now() - begin) / 100) / 10
      const destroyed = machine
        .journal()
        .filter(
          ({ sequence, fn, ret }) =>
            sequence > before && /GpuInstanceDestroy/.test(fn) && ret === 0,
        )
      return {
        podsDisturbed: 7 - world.kubelet.held().length,
        instancesDestroyed: destroyed.length,
        seconds,
      }
    }

    async function label(labels: object): Promise<void> {
      await cluster
        .admin()
        .merge(
          { apiVersion: 'v1', resource: 'nodes', name: world.node.name },
          { metadata: { labels } },
        )
    }

    /**
     * The steps of mig-manager, restated from mig-parted 0.15 (cmd/nvidia-mig-manager, pkg/mig/reconfigure), after the drain by hand without
     * which its apply fails. Waits for pods of the GPU Operator, which are not there, take no time here.
     */
    async function changeAsMigManager(): Promise<void> {
      const admin = cluster.admin()
      const all = Object.fromEntries(deploy.map((key) => [key, paused]))
      const { library } = world.node.machine
      const mine = { fieldSelector: `spec.nodeName=${world.node.name}` }
      for (const { metadata } of (await admin.list(podsOf, mine)).items)
        await admin.evict({ namespace: 'default', name: metadata.name ?? '' })
      await until('the pods to be gone', async () => {
        const { items } = await admin.list(podsOf, mine)
        return items.length === 0 && world.kubelet.held().length === 0
      })
      await label({ 'nvidia.com/mig.config': 'five-and-one', [stateLabel]: 'pending', ...all })
      // mig-parted's apply clears a GPU whose layout differs, and creates all of the new one.
      await applyMigConfig({ gpu: 0, migDevices: {} }, { library })
      await applyMigConfig({ gpu: 0, migDevices: { '1g.5gb': 5, '2g.10gb': 1 } }, { library })
      const back = Object.fromEntries(deploy.map((key) => [key, 'true']))
      await label({ [stateLabel]: 'success', ...back })
    }
  },
)
