import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../harness/fault-proxy.js'
import { type RunningProgram, startProgram } from '../harness/program.js'
import { phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, podsOf } from './agent-world.js'
import { useAgentCluster } from './use-agent-cluster.js'

const main = join(fileURLToPath(new URL('../../..', import.meta.url)), 'dist/cli/main.js')
const name = 'emptied'
const layouts = {
  halves: { resource: 'nvidia.com/mig-3g.20gb', devices: 2 },
  small: { resource: 'nvidia.com/mig-1g.5gb', devices: 7 },
} as const
const lease = {
  apiVersion: 'coordination.k8s.io/v1',
  resource: 'leases',
  namespace: 'default',
  name: 'mig-nvml-rollout',
}

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'a rollout that empties its nodes and is killed',
  () => {
    const cluster = useAgentCluster()
    let proxy: FaultProxy
    let world: AgentWorld
    let config: keyof typeof layouts = 'halves'
    let serial = 0
    beforeAll(async () => {
      proxy = await startFaultProxy(cluster.plane())
      world = await cluster.createWorld(name, 'a100-40gb +mig')
      await world.start()
      await world.want(config)
      await world.untilState('success', config)
    })
    afterAll(() => proxy?.[Symbol.asyncDispose]())
    beforeEach(() => proxy.decide(() => 'pass'))

    /** A rollout to the other configuration, on a node with a pod on a device and a pod without any. */
    async function begin(): Promise<RunningProgram> {
      serial += 1
      await world.runPod(`train-${serial}`, layouts[config].resource)
      const plain = `plain-${serial}`
      await cluster.admin().create(podsOf, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: plain },
        spec: { nodeName: name, containers: [{ name: 'main', image: 'none' }] },
      })
      await until(`${plain} to run`, async () => {
        return phaseOf(await cluster.admin().get({ ...podsOf, name: plain })) === 'Running'
      })
      config = config === 'halves' ? 'small' : 'halves'
      return start()
    }

    function start(): RunningProgram {
      const kubeconfig = proxy.kubeconfig({ token: cluster.plane().adminToken })
      const selector = `--selector=kubernetes.io/hostname=${name}`
      return startProgram({
        name: 'rollout',
        path: process.execPath,
        args: [main, 'rollout', `--kubeconfig=${kubeconfig}`, selector, '-c', config, '--drain'],
        logFile: join(cluster.plane().folder, 'rollout.log'),
      })
    }

    /** Strikes after a write: it is done, and the killed rollout never learns of it. */
    function killAfter(
      program: RunningProgram,
      isIt: (what: string) => boolean,
    ): () => Promise<void> | undefined {
      let killed: Promise<void> | undefined
      proxy.decide(({ method, url }) => {
        // Each look renews the Lease.
        const isRenewal = method === 'PATCH' && url.pathname.includes('/leases/')
        if (method === 'GET' || isRenewal || killed !== undefined) return 'pass'
        if (!isIt(`${method} ${url.pathname}`)) return 'pass'
        return {
          lost: () => {
            killed = program.stop('SIGKILL')
          },
        }
      })
      return () => killed
    }

    async function expectNothingLeft(): Promise<void> {
      const { resource, devices } = layouts[config]
      await world.untilState('success', config)
      expect((await world.layout()).size).toBe(devices)
      expect(await world.allocatable(resource)).toBe(String(devices))
      expect(await world.taints()).toEqual([])
      expect((await world.object())['spec']).not.toHaveProperty('unschedulable')
      const mine = { fieldSelector: `spec.nodeName=${name}` }
      expect((await cluster.admin().list(podsOf, mine)).items).toEqual([])
      expect(world.kubelet.broken).toEqual([])
      expect(world.kubelet.losses()).toEqual([])
      const { holderIdentity } = Object((await cluster.admin().get(lease))?.['spec'])
      expect(holderIdentity).toBe('')
    }

    async function endsWell(program: RunningProgram): Promise<void> {
      const end = await until('the end of the rollout', () => program.ended(), 240_000)
      expect(end, program.log()).toBe('rollout ended with 0')
    }

    test('after each write, one after the other: the next rollout goes on, and nothing stays behind', async () => {
      const struck: string[] = []
      for (;;) {
        // By hand, so that the next one has not to wait for it.
        await cluster.admin().remove(lease)
        let writes = 0
        const program = await begin()
        const killed = killAfter(program, (what) => {
          writes += 1
          const isNext = writes === struck.length + 1
          if (isNext) struck.push(what)
          return isNext
        })
        await until('the end of the rollout, or its kill', () => program.ended(), 240_000)
        const isKilled = killed() !== undefined
        await killed()
        proxy.decide(() => 'pass')
        if (isKilled) {
          await cluster.admin().remove(lease)
          await endsWell(start())
        } else await endsWell(program)
        await expectNothingLeft()
        if (!isKilled) break
      }
      const count = (end: string): number => struck.filter((what) => what.endsWith(end)).length
      expect(count('/leases')).toBe(1)
      // The taint, the label and the end of the taint; each pod is tried first, and then evicted.
      expect(count(`/nodes/${name}`)).toBe(3)
      expect(count('/eviction')).toBe(4)
    })

    test('the next rollout waits for the Lease that the killed one has left, and then goes on by itself', async () => {
      const program = await begin()
      const killed = killAfter(program, (what) => what === `PATCH /api/v1/nodes/${name}`)
      await until('the kill', () => program.ended())
      await killed()
      proxy.decide(() => 'pass')
      expect(await world.taints()).toHaveLength(1)
      const next = start()
      await endsWell(next)
      expect(next.log()).toMatch(/the Lease default\/mig-nvml-rollout is that of another rollout/)
      await expectNothingLeft()
    })
  },
)
