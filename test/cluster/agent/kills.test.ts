import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { seeded } from '../../support/random.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { installAgentAccount } from '../harness/node-agent.js'
import { conditionOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, createAgentWorld, createPod, podsOf } from './agent-world.js'

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'kills around an agent in a real cluster',
  () => {
    let cluster: ControlPlane
    let world: AgentWorld
    let serial = 0
    beforeAll(async () => {
      cluster = await startControlPlane()
      await installAgentAccount(cluster)
    })
    afterAll(() => cluster[Symbol.asyncDispose]())
    afterEach(async () => {
      await until('no pods', async () => {
        const { items } = await cluster.admin.list(podsOf)
        for (const { metadata } of items)
          await cluster.admin.remove({ ...podsOf, name: metadata.name ?? '' })
        return items.length === 0
      })
      await world[Symbol.asyncDispose]()
    })
    const createWorld = async (spec: string): Promise<AgentWorld> => {
      world = await createAgentWorld(cluster, `killed-${++serial}`, spec)
      // Steps of an apply take as long as on a real GPU, so that kills fall into its middle.
      world.node.machine.setLatency('a100')
      return world
    }
    const sizes = { halves: 2, small: 7, mixed: 4 } as const
    type Config = keyof typeof sizes

    /** Label, condition, taints, layout and resources say the same. */
    async function expectSettled(config: Config): Promise<void> {
      await world.untilState('success', config)
      expect((await world.layout()).size).toBe(sizes[config])
      expect(await world.taints()).toEqual([])
      expect(conditionOf(await world.object(), 'MigConfigured')).toBe('True')
      const count = async (name: string): Promise<number> =>
        Number((await world.allocatable(`nvidia.com/mig-${name}`)) ?? 0)
      expect((await count('3g.20gb')) + (await count('1g.5gb'))).toBe(sizes[config])
      expect(world.kubelet.broken).toEqual([])
    }

    test('an agent that is killed at any moment of a run leaves all that the next one needs', async () => {
      await createWorld('a100-40gb +mig')
      const configs = ['halves', 'small', 'mixed'] as const
      const random = seeded(20)
      for (let round = 0; round < 9; round++) {
        const config = configs[round % configs.length] ?? 'halves'
        const agent = await world.start()
        await world.want(config)
        await until('its run', async () => (await world.record())?.config === config)
        await sleep(random(3000))
        await agent.stop('SIGKILL')
      }
      await world.start()
      await expectSettled('mixed')
    })

    test('after kills of the agent, the API server and etcd among changes and pods, all agrees, and no pod lost its device', async () => {
      await createWorld('a100-40gb +mig')
      const random = seeded(7)
      const configs = Object.keys(sizes) as Config[]
      let agent = await world.start()
      let pods = 0
      for (let action = 0; action < 16; action++) {
        const choice = random(8)
        const config = configs[random(configs.length)] ?? 'halves'
        if (choice <= 2) await patiently(() => world.want(config))
        else if (choice <= 4) {
          const resource = `nvidia.com/mig-${random(2) === 0 ? '1g.5gb' : '3g.20gb'}`
          await patiently(() =>
            createPod(cluster.admin, world.node.name, `pod-${++pods}`, resource),
          )
        } else if (choice === 5) {
          await agent.stop('SIGKILL')
          agent = await world.start()
        } else if (choice === 6) {
          await cluster.apiserver.stop('SIGKILL')
          await sleep(500)
          cluster.apiserver.start()
          await cluster.ready()
        } else {
          cluster.etcd.pause()
          await sleep(3000)
          cluster.etcd.resume()
        }
        await sleep(random(1500))
      }
      await patiently(() => world.want('mixed'))
      await expectSettled('mixed')
    })

    /** The API server may be about to come back. */
    function patiently(action: () => Promise<unknown>): Promise<unknown> {
      return until('the API server to take it', () => action().then(() => true))
    }
  },
)
