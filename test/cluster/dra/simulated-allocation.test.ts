import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  deviceClasses,
  resourceClaim,
  resourceSlices,
  simulateAllocation,
} from '../../../lib/kubernetes.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceClaim } from '../../../types/kubernetes/dra/objects.js'
import { seeded } from '../../support/random.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { addBareNode } from '../harness/simulated-node.js'
import { hasNoCluster } from '../programs.js'
import { classesOf, type DraPods, draPods } from './dra-pods.js'
import { readWithMig } from './read-with-mig.js'

describe.skipIf(hasNoCluster())('pods land where simulateAllocation says', () => {
  let cluster: ControlPlane
  let pods: DraPods
  beforeAll(async () => {
    cluster = await startControlPlane()
    pods = draPods(cluster.admin)
    await addBareNode(cluster.admin, 'node-1')
    for (const item of deviceClasses([]))
      await cluster.admin.create(classesOf, item as unknown as ClusterObject)
  })
  afterEach(() => pods.clear())
  afterAll(() => cluster[Symbol.asyncDispose]())

  test.each([
    '2x a100-40gb',
    'h200-141gb-sxm',
    '2x a30-24gb',
    'rtx-pro-6000-blackwell',
    'b200-180gb, a100-80gb',
  ])('on %s, one after the other, until nothing fits', async (spec) => {
    const state = await readWithMig(spec)
    const profiles = state.gpus.flatMap((gpu) =>
      (gpu.geometry?.profiles ?? []).map(({ name }) => name),
    )
    const slices = resourceSlices(state, { node: 'node-1', partitions: 'all' })
    await pods.publish(slices)
    const random = seeded(spec.length)
    const others: ResourceClaim[] = []
    let refused = 0
    for (let index = 0; refused < 4; index++) {
      const profile = profiles[random(profiles.length)] ?? ''
      const name = `pod-${index}`
      const claim = resourceClaim({ gpu: { profile } }, { name, namespace: 'default' })
      const expected = simulateAllocation(slices, [claim], { others })
      const placed = await pods.place(name, { claims: [claim] })
      const what = `${profile} as number ${index}`
      expect(placed, what).toBe(expected !== null)
      if (expected === null) {
        refused++
        continue
      }
      others.push(...expected)
      const devices = expected[0]?.status?.allocation?.devices.results.map(({ device }) => device)
      expect(await pods.devicesOf(name), what).toEqual(devices)
    }
    expect(others.length).toBeGreaterThan(0)
  })
})
