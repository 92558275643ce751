import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { seeded } from '../../support/random.js'
import { conditionOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import type { AgentWorld } from './agent-world.js'
import { useAgentCluster } from './use-agent-cluster.js'

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'kills around an agent in a real cluster',
  () => {
    const cluster = useAgentCluster()
    let world: AgentWorld
    let serial = 0
    afterEach(() => cluster.clear())
    const createWorld = async (spec: string): Promise<AgentWorld> => {
      world = await cluster.createWorld(`killed-${++serial}`, spec)
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
      expect(world.kubelet.losses()).toEqual([])
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
  },
)
