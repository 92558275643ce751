import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { type Fate, type FaultProxy, startFaultProxy } from '../harness/fault-proxy.js'
import { agentToken, installAgentAccount } from '../harness/node-agent.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, createAgentWorld, podsOf } from './agent-world.js'

const nodeName = 'node-1'
const dcgm = 'nvidia.com/gpu.deploy.dcgm'
const layouts = {
  halves: { resource: 'nvidia.com/mig-3g.20gb', devices: 2 },
  small: { resource: 'nvidia.com/mig-1g.5gb', devices: 7 },
} as const
type Layout = keyof typeof layouts

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'an agent that meets disasters',
  () => {
    let cluster: ControlPlane
    let admin: ClusterClient
    let proxy: FaultProxy
    let world: AgentWorld
    let now: Layout = 'halves'
    let serial = 0

    beforeAll(async () => {
      cluster = await startControlPlane()
      admin = cluster.admin
      proxy = await startFaultProxy(cluster)
      await installAgentAccount(cluster)
      world = await createAgentWorld(cluster, nodeName, 'a100-40gb +mig')
      await admin.merge(nodeObject, { metadata: { labels: { [dcgm]: 'true' } } })
      await start()
      await world.want(now)
      await world.untilState('success', now)
    })
    afterAll(async () => {
      await world[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
    })
    beforeEach(() => proxy.decide(() => 'pass'))

    const nodeObject = { apiVersion: 'v1', resource: 'nodes', name: nodeName }
    const start = async (token?: Parameters<FaultProxy['kubeconfig']>[0]): Promise<void> => {
      const own = token ?? { token: await agentToken(cluster, nodeName, 3600) }
      await world.start({ kubeconfig: proxy.kubeconfig(own), args: ['--pause-timeout=60'] })
    }

    /** A pod that will be in the way, then the label for the other layout. */
    const begin = async (): Promise<Layout> => {
      await world.runPod(`pod-${++serial}`, layouts[now].resource)
      now = now === 'halves' ? 'small' : 'halves'
      await world.want(now)
      return now
    }
    /** The node is as wanted, and nothing of the way there is left. */
    const settles = async (): Promise<void> => {
      const { resource, devices } = layouts[now]
      await world.untilState('success', now)
      expect((await world.layout()).size).toBe(devices)
      expect(await world.allocatable(resource)).toBe(String(devices))
      expect(await world.taints()).toEqual([])
      expect(await world.label(dcgm)).toBe('true')
      expect((await world.object())['spec']).not.toHaveProperty('unschedulable')
      expect(world.kubelet.broken).toEqual([])
    }
    const restart = async (): Promise<void> => {
      await world.agent().stop('SIGKILL')
      proxy.decide(() => 'pass')
      await start()
    }

    test.each(['before', 'after'] as const)(
      'kill -9 %s each write to the node, one after the other: another agent goes on, and nothing stays behind',
      async (when) => {
        let writes = 0
        for (let nth = 1; ; nth++) {
          let seen = 0
          let struck = false
          let killed: Promise<void> | undefined
          const kill = (): void => {
            killed = world.agent().stop('SIGKILL')
          }
          proxy.decide(({ method, url }): Fate => {
            // The record; the condition beside it is for people.
            if (method !== 'PATCH' || url.pathname !== `/api/v1/nodes/${nodeName}`) return 'pass'
            if (struck || ++seen !== nth) return 'pass'
            struck = true
            if (when === 'after') return { lost: kill }
            kill()
            return 'cut'
          })
          await begin()
          const end = await until('the end of the run, or of the agent', async () => {
            if (struck) return killed === undefined ? null : 'killed'
            const record = await world.record()
            return record?.step === 'idle' && record.config === now && record.state === 'success'
              ? 'settled'
              : null
          })
          await killed
          if (end === 'killed') await restart()
          await settles()
          if (end === 'settled') break
          writes = nth
        }
        expect(writes).toBeGreaterThan(5)
      },
    )

    test('another agent finishes a run after kill -9 in the middle of the change of the layout', async () => {
      world.node.machine.setLatency('a100')
      world.node.machine.resetCallCounts()
      await begin()
      await until('some changes', () => world.node.machine.callCounts().changing > 2)
      await restart()
      await settles()
      world.node.machine.setLatency('none')
    })

    test('a run goes on after kill -9 of the API server', async () => {
      await begin()
      await until('the run', async () => (await world.record())?.step !== 'idle')
      await cluster.apiserver.stop('SIGKILL')
      cluster.apiserver.start()
      await cluster.ready()
      await settles()
    })

    test('a run goes on after etcd has hung for thirty seconds', async () => {
      await begin()
      await until('the run', async () => (await world.record())?.step !== 'idle')
      cluster.etcd.pause()
      await sleep(30_000)
      cluster.etcd.resume()
      await cluster.ready()
      await settles()
    })

    test.each([429, 500, 503])(
      'a run ends well while every third call is answered with %d',
      async (status) => {
        let calls = 0
        proxy.decide(() =>
          ++calls % 3 === 0
            ? { status, headers: status === 429 ? { 'retry-after': '1' } : {} }
            : 'pass',
        )
        await begin()
        await settles()
        expect(calls).toBeGreaterThan(10)
      },
    )

    test('a run ends well while another writer changes the node all the time', async () => {
      await begin()
      let settled = false
      const writer = (async () => {
        for (let count = 1; !settled; count++) {
          await admin.merge(nodeObject, {
            metadata: { annotations: { 'a.test/count': `${count}` } },
          })
          await sleep(100)
        }
      })()
      await settles()
      settled = true
      await writer
    })

    test('a run goes on when a token that has expired is renewed some seconds later', async () => {
      const file = join(world.node.folder, 'token')
      writeFileSync(file, await agentToken(cluster, nodeName, 3600))
      await world.agent().stop('SIGTERM')
      await start({ tokenFile: file })
      await begin()
      await until('the run', async () => (await world.record())?.step !== 'idle')
      // The proxy stands for the API server's view of a token that has expired.
      proxy.decide(() => ({
        status: 401,
        body: { kind: 'Status', code: 401, reason: 'Unauthorized' },
      }))
      proxy.cut()
      await sleep(3_000)
      proxy.decide(() => 'pass')
      await settles()
    })

    test('an end by SIGTERM in the middle leaves a node that the next agent can finish', async () => {
      await begin()
      await until('the run', async () => (await world.record())?.step !== 'idle')
      await world.agent().stop('SIGTERM')
      await start()
      await settles()
      const { items } = await admin.list(podsOf)
      expect(items.length).toBeLessThanOrEqual(1)
    })
  },
)
