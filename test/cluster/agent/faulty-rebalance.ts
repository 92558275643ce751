import { join } from 'node:path'
import { expect } from 'vitest'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { type FaultProxy, startFaultProxy } from '../harness/fault-proxy.js'
import { installAgentAccount } from '../harness/node-agent.js'
import { type RunningProgram, startProgram } from '../harness/program.js'
import { until } from '../harness/until.js'
import { type AgentWorld, podsOf } from './agent-world.js'
import {
  cliMain,
  createRebalanceNode,
  createWaitingPod,
  expectNothingLost,
  rebalanceRecordOf,
  untilPublished,
  untilRunning,
} from './rebalance-world.js'
import { installRebalancer, rebalancerToken } from './rebalancer-account.js'

const half = 'nvidia.com/mig-3g.20gb'
const third = 'nvidia.com/mig-2g.10gb'
const leaseOf = { apiVersion: 'coordination.k8s.io/v1', resource: 'leases', namespace: 'gpu' }
const lease = { ...leaseOf, name: 'mig-nvml-rebalance' }

/** A rebalancer whose way to the real API server leads through a proxy that a test breaks. A pod runs on its one node all the time. */
export interface FaultyRebalance extends AsyncDisposable {
  readonly cluster: ControlPlane
  readonly proxy: FaultProxy
  readonly world: AgentWorld
  /** A pod waits for a device that the node does not have; the one before it is gone. Without `comes`, the pod needs more CPU than the node has. */
  begin(comes?: boolean): Promise<void>
  start(token?: Parameters<FaultProxy['kubeconfig']>[0]): Promise<RunningProgram>
  /** What a killed rebalancer leaves for a minute. */
  removeLease(): Promise<void>
  /** The rebalancer ends by itself, with all as planned, and leaves nothing behind. */
  endsWell(program: RunningProgram): Promise<void>
}

export async function createFaultyRebalance(): Promise<FaultyRebalance> {
  const cluster = await startControlPlane()
  const proxy = await startFaultProxy(cluster)
  await installAgentAccount(cluster)
  await installRebalancer(cluster)
  const world = await createRebalanceNode(cluster, 'faulty-1', [
    { profile: '3g.20gb', start: 0 },
    { profile: '1g.5gb', start: 4 },
  ])
  await until('its devices', async () => (await world.allocatable(half)) === '1')
  await world.runPod('serve', half)
  const served = world.kubelet.held()
  let serial = 0
  let pod = ''
  let isComing = true
  let before: ReadonlyMap<string, string> = new Map()

  async function removePod(): Promise<void> {
    await cluster.admin.remove({ ...podsOf, name: pod })
    await until('the pod to be gone', async () => {
      if (world.kubelet.held().some((each) => each.pod === `default/${pod}`)) return false
      return (await cluster.admin.get({ ...podsOf, name: pod })) === null
    })
  }

  async function expectTakenBack(): Promise<void> {
    expect(await rebalanceRecordOf(world)).toMatchObject({
      state: 'back',
      pods: [`default/${pod}`],
    })
    expect([...(await world.layout()).keys()].sort()).toEqual([...before.keys()].sort())
  }

  async function expectKept(): Promise<void> {
    await untilRunning(cluster, pod)
    expect(await rebalanceRecordOf(world)).toMatchObject({
      state: 'kept',
      pods: [`default/${pod}`],
    })
  }

  return {
    cluster,
    proxy,
    world,
    async begin(comes = true) {
      if (pod !== '') await removePod()
      await untilPublished([world])
      before = await world.layout()
      isComing = comes
      pod = `pod-${++serial}`
      const wanted = [...before.keys()].some((place) => place.startsWith('2g.10gb')) ? half : third
      await createWaitingPod(cluster, pod, wanted, comes ? {} : { cpu: '1000' })
    },
    async start(token) {
      const own = token ?? { token: await rebalancerToken(cluster, 3600) }
      return startProgram({
        name: 'rebalancer',
        path: process.execPath,
        args: [
          cliMain,
          'rebalance',
          `--kubeconfig=${proxy.kubeconfig(own)}`,
          '--namespace=gpu',
          `--pods-timeout=${isComing ? 120 : 1}`,
        ],
        logFile: join(cluster.folder, 'rebalancer.log'),
      })
    },
    async removeLease() {
      await cluster.admin.remove(lease)
    },
    async endsWell(program) {
      const end = await until('the end of the rebalancer', () => program.ended(), 240_000)
      expect(end, program.log()).toMatch(isComing ? / with 0$/ : / with [01]$/)
      await (isComing ? expectKept() : expectTakenBack())
      const { metadata } = await world.object()
      expect(metadata.annotations).not.toHaveProperty('mig-nvml/evict')
      expect(await world.record()).toMatchObject({ step: 'idle', state: 'success', evicted: [] })
      expect(await world.taints()).toEqual([])
      expect(Object((await cluster.admin.get(lease))?.['spec']).holderIdentity).toBe('')
      expect(world.kubelet.held()).toEqual(expect.arrayContaining([...served]))
      expectNothingLost([world])
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
    },
  }
}
