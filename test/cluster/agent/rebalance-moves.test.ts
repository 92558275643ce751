import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { run } from '../../peers/run.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { installAgentAccount } from '../harness/node-agent.js'
import { kubeletLabel } from '../harness/node-kubelet.js'
import { phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, createBudget, podsOf } from './agent-world.js'
import {
  cliMain,
  createRebalanceNode,
  createWaitingPod,
  deviceSpec,
  expectNothingLost,
  rebalanceRecordOf,
  untilPublished,
  untilRunning,
} from './rebalance-world.js'
import { installRebalancer } from './rebalancer-account.js'

const small = 'nvidia.com/mig-1g.5gb'
const half = 'nvidia.com/mig-3g.20gb'

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'a rebalancer that may move pods',
  () => {
    let cluster: ControlPlane
    let kubeconfig: string
    let crowded: AgentWorld
    let spare: AgentWorld
    const worlds: AgentWorld[] = []
    beforeAll(async () => {
      cluster = await startControlPlane()
      await installAgentAccount(cluster)
      kubeconfig = await installRebalancer(cluster)
      // A 4g.20gb has room at 0 alone: on the first node a small pod is in its way, on the second one a large one.
      crowded = await createRebalanceNode(cluster, 'move-1', [
        { profile: '1g.5gb', start: 0 },
        { profile: '3g.20gb', start: 4 },
      ])
      spare = await createRebalanceNode(cluster, 'move-2', [
        { profile: '3g.20gb', start: 0 },
        { profile: '1g.5gb', start: 4 },
      ])
      worlds.push(crowded, spare)
      for (const world of worlds) {
        await until('its devices', async () => (await world.allocatable(small)) === '1')
        await world.runPod(`stay-${world.node.name}`, half)
      }
      await deploy('serve', 2)
      await createBudget(cluster.admin, 'serve', 2)
      await untilPublished(worlds)
    })
    afterAll(async () => {
      await Promise.all(worlds.map((world) => world[Symbol.asyncDispose]()))
      await cluster[Symbol.asyncDispose]()
    })

    const deployments = { apiVersion: 'apps/v1', resource: 'deployments', namespace: 'default' }
    const deploy = async (app: string, replicas: number): Promise<void> => {
      const labels = { app, [kubeletLabel]: 'any' }
      await cluster.admin.create(deployments, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: app },
        spec: {
          replicas,
          selector: { matchLabels: { app } },
          template: { metadata: { labels }, spec: deviceSpec(small) },
        },
      } as ClusterObject)
      await until(`${app} to run`, async () => (await runningOf(app)).length === replicas)
    }
    const runningOf = async (app: string): Promise<readonly string[]> => {
      const { items } = await cluster.admin.list(podsOf, { labelSelector: `app=${app}` })
      return items
        .filter((pod) => phaseOf(pod) === 'Running' && !pod.metadata.deletionTimestamp)
        .map(({ metadata }) => metadata.name ?? '')
        .sort()
    }
    const rebalance = (...args: readonly string[]): ReturnType<typeof run> => {
      const common = [`--kubeconfig=${kubeconfig}`, '--namespace=gpu']
      return run(process.execPath, [cliMain, 'rebalance', ...common, ...args])
    }
    const holdersOf = (world: AgentWorld): readonly string[] =>
      world.kubelet
        .held()
        .map(({ pod }) => pod.slice('default/'.length))
        .sort()

    test('no pod moves without the option, nor where its budget allows no eviction', async () => {
      await createWaitingPod(cluster, 'wide', 'nvidia.com/mig-4g.20gb')
      const before = worlds.map(holdersOf)
      for (const options of [[], ['--move']]) {
        const { status, stdout, stderr } = await rebalance(...options)
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
        expect(stdout).toMatch(/no change: 0 of 1 pods fit, 1 wait/)
      }
      expect(worlds.map(holdersOf)).toEqual(before)
      for (const world of worlds) expect(await rebalanceRecordOf(world)).toBeNull()
    })

    test('the place of the successor comes first, then the one pod of the plan moves within its budget, and all others stay', async () => {
      const budgets = { ...podsOf, apiVersion: 'policy/v1', resource: 'poddisruptionbudgets' }
      await cluster.admin.merge({ ...budgets, name: 'serve' }, { spec: { minAvailable: 1 } })
      await until('the budget to allow one eviction', async () => {
        const budget = await cluster.admin.get({ ...budgets, name: 'serve' })
        return Object(budget?.['status']).disruptionsAllowed === 1
      })
      const [[moving = ''], [other = '']] = worlds.map((world) =>
        holdersOf(world).filter((name) => name.startsWith('serve')),
      ) as [string[], string[]]
      const shown = await rebalance('--move', '--dry-run')
      expect(shown.stdout).toMatch(/^move-1 {2}later$/m)
      expect(shown.stdout).toMatch(/^move-2 {2}next$/m)
      expect(shown.stdout).toContain(`default/${moving} to move-2`)

      const { status, stdout, stderr } = await rebalance('--move', '--max-unavailable=2')
      expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' })
      // The change was over only when the successor ran.
      expect(await runningOf('serve')).toHaveLength(2)
      await untilRunning(cluster, 'wide')
      expect(stdout.indexOf('move-2  done')).toBeGreaterThan(-1)
      expect(stdout.indexOf('move-2  done')).toBeLessThan(stdout.indexOf('move-1  done'))
      expect(holdersOf(crowded)).toEqual(['stay-move-1', 'wide'])
      const replicas = await runningOf('serve')
      expect(replicas).toContain(other)
      expect(replicas).not.toContain(moving)
      expect(holdersOf(spare)).toEqual([...replicas, 'stay-move-2'].sort())
      // The run of the agent on the second node evicted nobody.
      const evictedBy = await Promise.all(
        worlds.map(async (world) => (await world.record())?.evicted),
      )
      expect(evictedBy).toEqual([[`default/${moving}`], []])
      const successors = [{ namespace: 'default', controller: expect.any(String), running: 2 }]
      expect(await rebalanceRecordOf(crowded)).toMatchObject({ successors })
      for (const world of worlds) {
        expect(await rebalanceRecordOf(world)).toMatchObject({ state: 'kept' })
        expect((await world.object()).metadata.annotations).not.toHaveProperty('mig-nvml/evict')
        expect(await world.taints()).toEqual([])
      }
      expectNothingLost(worlds)
    })
  },
)
