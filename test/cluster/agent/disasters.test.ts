import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ControlPlane } from '../harness/control-plane.js'
import type { Fate, FaultProxy } from '../harness/fault-proxy.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, podsOf } from './agent-world.js'
import { createFaultyWorld, type FaultyWorld, faultyNode } from './faulty-world.js'

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'an agent that meets disasters',
  () => {
    let faulty: FaultyWorld
    let cluster: ControlPlane
    let proxy: FaultProxy
    let world: AgentWorld
    beforeAll(async () => {
      faulty = await createFaultyWorld()
      ;({ cluster, proxy, world } = faulty)
    })
    afterAll(() => faulty[Symbol.asyncDispose]())
    beforeEach(() => proxy.decide(() => 'pass'))

    const restart = async (): Promise<void> => {
      await world.agent().stop('SIGKILL')
      proxy.decide(() => 'pass')
      await faulty.start()
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
            if (method !== 'PATCH' || url.pathname !== `/api/v1/nodes/${faultyNode}`) return 'pass'
            if (struck || ++seen !== nth) return 'pass'
            struck = true
            if (when === 'after') return { lost: kill }
            kill()
            return 'cut'
          })
          await faulty.begin()
          await until('the end of the run, or of the agent', async () => {
            if (struck) return killed !== undefined
            const record = await world.record()
            return (
              record?.step === 'idle' &&
              record.config === faulty.wanted() &&
              record.state === 'success'
            )
          })
          // An agent writes its layout after a run, too: from here on, nothing strikes.
          proxy.decide(() => 'pass')
          if (struck) {
            await until('the end of the agent', () => killed !== undefined)
            await killed
            await restart()
          }
          await faulty.settles()
          if (!struck) break
          writes = nth
        }
        expect(writes).toBeGreaterThan(5)
      },
    )

    test('another agent finishes a run after kill -9 in the middle of the change of the layout', async () => {
      world.node.machine.setLatency('a100')
      world.node.machine.resetCallCounts()
      await faulty.begin()
      await until('some changes', () => world.node.machine.callCounts().changing > 2)
      await restart()
      await faulty.settles()
      world.node.machine.setLatency('none')
    })

    test('a run goes on after kill -9 of the API server', async () => {
      await faulty.begin()
      await faulty.untilBegun()
      await cluster.apiserver.stop('SIGKILL')
      cluster.apiserver.start()
      await cluster.ready()
      await faulty.settles()
    })

    test('a run goes on after etcd has hung for thirty seconds', async () => {
      await faulty.begin()
      await faulty.untilBegun()
      cluster.etcd.pause()
      await sleep(30_000)
      cluster.etcd.resume()
      await cluster.ready()
      await faulty.settles()
    })

    test('an end by SIGTERM in the middle leaves a node that the next agent can finish', async () => {
      await faulty.begin()
      await faulty.untilBegun()
      await world.agent().stop('SIGTERM')
      await faulty.start()
      await faulty.settles()
      const { items } = await cluster.admin.list(podsOf)
      expect(items.length).toBeLessThanOrEqual(1)
    })
  },
)
