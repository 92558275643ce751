import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { deviceClasses, resourceClaim, resourceSlices } from '../../../lib/kubernetes.js'
import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import type { DevicePlace } from '../../../types/kubernetes/dra/slices.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { isComplete, readSimulatedCatalog, simulatedSpec } from '../../peers/catalog.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { addBareNode } from '../harness/simulated-node.js'
import { hasNoCluster } from '../programs.js'
import { classesOf, type DraPods, draPods, slicesOf } from './dra-pods.js'
import { readWithMig } from './read-with-mig.js'

const owner = { fieldManager: 'mig-nvml' }
const models = readSimulatedCatalog().filter(isComplete)

describe.skipIf(hasNoCluster())('ResourceSlices at the real API server and scheduler', () => {
  let cluster: ControlPlane
  let client: ClusterClient
  let pods: DraPods
  beforeAll(async () => {
    cluster = await startControlPlane()
    client = cluster.admin
    pods = draPods(client)
    await addBareNode(client, 'node-1')
    for (const item of deviceClasses(['1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']))
      await client.create(classesOf, item as unknown as ClusterObject)
  })
  afterAll(() => cluster[Symbol.asyncDispose]())
  afterEach(() => pods.clear())

  const acceptedAsWritten = async (slices: readonly ResourceSlice[]): Promise<void> => {
    expect(slices.length).toBeGreaterThan(0)
    for (const slice of slices) {
      const object = { ...slicesOf, name: slice.metadata.name }
      const kept = await client.apply(object, slice, { ...owner, dryRun: true })
      expect(kept).toMatchObject(slice as unknown as Record<string, unknown>)
    }
  }

  test.each(models.map((model) => [model.key, model] as const))(
    'every placement of eight %s is accepted with strict validation, and no field is lost',
    async (_, model) => {
      const state = await readWithMig(`8x ${simulatedSpec(model)}`)
      await acceptedAsWritten(resourceSlices(state, { node: 'node-1', partitions: 'all' }))
    },
  )

  test('sixteen GPUs of several models, two of them with MIG off, are accepted', async () => {
    const state = await readWithMig('8x a100-40gb, 6x h100-80gb-sxm, 2x a30-24gb', {}, [
      ...Array(14).keys(),
    ])
    await acceptedAsWritten(resourceSlices(state, { node: 'node-1', partitions: 'all' }))
  })

  test('MIG devices that are there are accepted with their UUIDs, and placed', async () => {
    const state = await readWithMig('a100-40gb', { '1g.5gb': 2, '3g.20gb': 1 })
    const slices = resourceSlices(state, { node: 'node-1', partitions: 'existing' })
    await acceptedAsWritten(slices)
    await pods.publish(slices)
    expect(await pods.place('static', { limits: { 'nvidia.com/mig-3g.20gb': '1' } })).toBe(true)
    expect(await pods.devicesOf('static')).toEqual([expect.stringContaining('3g20gb')])
  })

  test("in NVIDIA's order a 3g.20gb keeps a 4g.20gb out of an empty A100", async () => {
    const state = await readWithMig('a100-40gb')
    await pods.publish(resourceSlices(state, { node: 'node-1', partitions: 'all' }))
    expect(await pods.place('three', { limits: { 'nvidia.com/mig-3g.20gb': '1' } })).toBe(true)
    expect(await pods.place('four', { limits: { 'nvidia.com/mig-4g.20gb': '1' } })).toBe(false)
  })

  test('listed for room, the same devices take both, for pods with unchanged resource limits', async () => {
    const state = await readWithMig('a100-40gb')
    await pods.publish(
      resourceSlices(state, { node: 'node-1', partitions: 'all', order: highestFirst }),
    )
    expect(await pods.place('three', { limits: { 'nvidia.com/mig-3g.20gb': '1' } })).toBe(true)
    expect(await pods.place('four', { limits: { 'nvidia.com/mig-4g.20gb': '1' } })).toBe(true)
    expect(await pods.devicesOf('three')).toEqual(['gpu-0-mig-3g20gb-9-4'])
    expect(await pods.devicesOf('four')).toEqual(['gpu-0-mig-4g20gb-5-0'])
  })

  test('a claim for two sizes on one GPU gets both there', async () => {
    const state = await readWithMig('2x a100-40gb')
    await pods.publish(resourceSlices(state, { node: 'node-1', partitions: 'all' }))
    const wanted = { large: { profile: '3g.20gb' }, small: { profile: '1g.5gb', count: 2 } }
    const claim = resourceClaim(wanted, { name: 'both', namespace: 'default', sameGpu: true })
    expect(await pods.place('both', { claims: [claim] })).toBe(true)
    const devices = await pods.devicesOf('both')
    expect(devices).toHaveLength(3)
    expect(new Set(devices.map((device) => device.split('-mig-')[0])).size).toBe(1)
  })
})

function highestFirst({ profiles }: Geometry): readonly DevicePlace[] {
  return profiles.flatMap(({ name, placements }) =>
    placements.map(({ start }) => ({ profile: name, start })).reverse(),
  )
}
