import { expect } from 'vitest'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { type FaultProxy, startFaultProxy } from '../harness/fault-proxy.js'
import { agentToken, installAgentAccount } from '../harness/node-agent.js'
import { until } from '../harness/until.js'
import { type AgentWorld, createAgentWorld } from './agent-world.js'

const dcgm = 'nvidia.com/gpu.deploy.dcgm'
const layouts = {
  halves: { resource: 'nvidia.com/mig-3g.20gb', devices: 2 },
  small: { resource: 'nvidia.com/mig-1g.5gb', devices: 7 },
} as const
type Layout = keyof typeof layouts

export const faultyNode = 'node-1'

/** An agent whose way to the real API server leads through a proxy that a test breaks. */
export interface FaultyWorld extends AsyncDisposable {
  readonly cluster: ControlPlane
  readonly proxy: FaultProxy
  readonly world: AgentWorld
  /** Starts an agent; another one must have ended. */
  start(token?: Parameters<FaultProxy['kubeconfig']>[0]): Promise<void>
  /** A pod that will be in the way, then the label for the other layout. */
  begin(): Promise<void>
  untilBegun(): Promise<void>
  /** The configuration of the label. */
  wanted(): string
  /** Until the node is as wanted, and nothing of the way there is left. */
  settles(): Promise<void>
}

export async function createFaultyWorld(): Promise<FaultyWorld> {
  const cluster = await startControlPlane()
  const proxy = await startFaultProxy(cluster)
  await installAgentAccount(cluster)
  const world = await createAgentWorld(cluster, faultyNode, 'a100-40gb +mig')
  const nodeObject = { apiVersion: 'v1', resource: 'nodes', name: faultyNode }
  await cluster.admin.merge(nodeObject, { metadata: { labels: { [dcgm]: 'true' } } })
  let now: Layout = 'halves'
  let serial = 0
  const faulty: FaultyWorld = {
    cluster,
    proxy,
    world,
    wanted: () => now,
    async start(token) {
      const own = token ?? { token: await agentToken(cluster, faultyNode, 3600) }
      await world.start({ kubeconfig: proxy.kubeconfig(own), args: ['--pause-timeout=60'] })
    },
    async begin() {
      await world.runPod(`pod-${++serial}`, layouts[now].resource)
      now = now === 'halves' ? 'small' : 'halves'
      await world.want(now)
    },
    async untilBegun() {
      await until('the run', async () => (await world.record())?.step !== 'idle')
    },
    async settles() {
      const { resource, devices } = layouts[now]
      await world.untilState('success', now)
      expect((await world.layout()).size).toBe(devices)
      expect(await world.allocatable(resource)).toBe(String(devices))
      expect(await world.taints()).toEqual([])
      expect(await world.label(dcgm)).toBe('true')
      expect((await world.object())['spec']).not.toHaveProperty('unschedulable')
      expect(world.kubelet.broken).toEqual([])
      expect(world.kubelet.losses()).toEqual([])
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
    },
  }
  await faulty.start()
  await world.want(now)
  await world.untilState('success', now)
  return faulty
}
