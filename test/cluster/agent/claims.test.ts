import { beforeAll, describe, expect, test } from 'vitest'
import { applyMigConfig, readMigState } from '../../../lib/index.js'
import { deviceClasses, resourceClaim, resourceSlices } from '../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { classesOf, draPods } from '../dra/dra-pods.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { type AgentWorld, podsOf } from './agent-world.js'
import { useAgentCluster } from './use-agent-cluster.js'

const name = 'claimed'

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'an agent that has no socket of the kubelet, beside claims of a real scheduler',
  () => {
    const cluster = useAgentCluster()
    let world: AgentWorld
    beforeAll(async () => {
      world = await cluster.createWorld(name, 'a100-40gb +mig')
      for (const item of deviceClasses(['3g.20gb']))
        await cluster.admin().create(classesOf, item as unknown as ClusterObject)
    })

    test('finds a pod on what goes by the allocation of its claim, and leaves another one alone', async () => {
      const { library } = world.node.machine
      await applyMigConfig({ gpu: 0, migDevices: { '3g.20gb': 2 } }, { library })
      const pods = draPods(cluster.admin())
      const state = await readMigState({ library })
      await pods.publish(resourceSlices(state, { node: name, partitions: 'existing' }))
      const claim = resourceClaim(
        { gpu: { profile: '3g.20gb' } },
        { name: 'first', namespace: 'default' },
      )
      expect(await pods.place('by-claim', { claims: [claim], node: name })).toBe(true)
      expect(await pods.place('beside', { node: name })).toBe(true)

      await world.start({ args: ['--kubelet-socket=none'] })
      await world.want('small')
      const { history } = await world.untilState('success', 'small')
      expect(history[0]?.evicted).toEqual(['default/by-claim'])
      const { items } = await cluster.admin().list(podsOf)
      expect(items.map(({ metadata }) => metadata.name)).toEqual(['beside'])
      await pods.clear()
    })
  },
)
