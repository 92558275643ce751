import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  deviceClasses,
  deviceOrder,
  resourceClaim,
  resourceSlices,
} from '../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceSliceOptions } from '../../../types/kubernetes/dra/slices.js'
import type { MigState } from '../../../types/model/state.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { addBareNode } from '../harness/simulated-node.js'
import { hasNoCluster } from '../programs.js'
import { classesOf, type DraPods, draPods } from './dra-pods.js'
import { readWithMig } from './read-with-mig.js'

describe.skipIf(hasNoCluster())(
  'what the real scheduler refuses on an empty A100 with 40 GB',
  () => {
    let cluster: ControlPlane
    let pods: DraPods
    let state: MigState
    let profiles: readonly string[]
    beforeAll(async () => {
      cluster = await startControlPlane()
      pods = draPods(cluster.admin)
      for (const item of deviceClasses([]))
        await cluster.admin.create(classesOf, item as unknown as ClusterObject)
      state = await readWithMig('a100-40gb')
      profiles = geometry().profiles.map(({ name }) => name)
      await Promise.all(pairs().map(({ node }) => addBareNode(cluster.admin, node)))
    })
    afterEach(() => pods.clear())
    afterAll(() => cluster[Symbol.asyncDispose]())

    const geometry = () => {
      const found = state.gpus[0]?.geometry
      if (found === undefined || found === null) throw new Error('no geometry')
      return found
    }
    /** Each pair of sizes has an empty GPU on a node of its own. */
    const pairs = () =>
      profiles.flatMap((first, row) =>
        profiles.map((second, column) => ({
          node: `pair-${row}-${column}`,
          wanted: [first, second],
        })),
      )
    /** How many of the pairs the scheduler places as a whole, one request after the other. */
    const placedPairs = async (options: Pick<ResourceSliceOptions, 'order'>): Promise<number> => {
      for (const { node } of pairs())
        await pods.publish(resourceSlices(state, { node, partitions: 'all', ...options }))
      const results = await Promise.all(
        pairs().map(async ({ node, wanted }) => {
          for (const [index, profile] of wanted.entries()) {
            const name = `${node}-${index}`
            const claim = resourceClaim({ gpu: { profile } }, { name, namespace: 'default' })
            if (!(await pods.place(name, { claims: [claim], node }))) return false
          }
          return true
        }),
      )
      return results.filter((placed) => placed).length
    }
    const figures = () => {
      const { sequences } = deviceOrder(geometry())
      const ofTwo = sequences.find(({ requests }) => requests === 2)
      if (ofTwo === undefined) throw new Error('no sequences of two')
      return ofTwo
    }

    test("in NVIDIA's order, as many sequences of two as judged are refused", async () => {
      const { fitting, lowestStart } = figures()
      expect(lowestStart).toBeGreaterThan(0)
      expect(await placedPairs({})).toBe(fitting - lowestStart)
    })

    test('in the order of deviceOrder, every sequence of two that fits is placed', async () => {
      const { fitting, order } = figures()
      expect(order).toBe(0)
      expect(await placedPairs({ order: (each) => deviceOrder(each).placements })).toBe(fitting)
    })
  },
)
