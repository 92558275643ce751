import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { applyMigConfig, readMigState } from '../../../lib/index.js'
import { deviceClasses, resourceClaim, resourceSlices } from '../../../lib/kubernetes.js'
import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import type { DevicePlace } from '../../../types/kubernetes/dra/slices.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { MigState } from '../../../types/model/state.js'
import { isComplete, readSimulatedCatalog, simulatedSpec } from '../../peers/catalog.js'
import { createRootedMachine } from '../../support/rooted-machine.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { addBareNode, conditionOf, phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'
import { hasNoCluster } from '../programs.js'

const resource = 'resource.k8s.io/v1'
const slicesOf = { apiVersion: resource, resource: 'resourceslices' }
const classesOf = { apiVersion: resource, resource: 'deviceclasses' }
const claimsOf = { apiVersion: resource, resource: 'resourceclaims', namespace: 'default' }
const podsOf = { apiVersion: 'v1', resource: 'pods', namespace: 'default' }
const owner = { fieldManager: 'mig-nvml' }
const models = readSimulatedCatalog().filter(isComplete)

describe.skipIf(hasNoCluster())('ResourceSlices at the real API server and scheduler', () => {
  let cluster: ControlPlane
  let client: ClusterClient
  beforeAll(async () => {
    cluster = await startControlPlane()
    client = cluster.admin
    await addBareNode(client, 'node-1')
    for (const item of deviceClasses(['1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']))
      await client.create(classesOf, item as unknown as ClusterObject)
  })
  afterAll(() => cluster[Symbol.asyncDispose]())
  afterEach(async () => {
    for (const { metadata } of (await client.list(podsOf)).items)
      await client.remove({ ...podsOf, name: metadata.name ?? '' })
    for (const { metadata } of (await client.list(claimsOf)).items)
      await client.remove({ ...claimsOf, name: metadata.name ?? '' })
    await until(
      'all claims to be gone',
      async () => (await client.list(claimsOf)).items.length === 0,
    )
    for (const { metadata } of (await client.list(slicesOf)).items)
      await client.remove({ ...slicesOf, name: metadata.name ?? '' })
  })

  const publish = async (slices: readonly ResourceSlice[]): Promise<void> => {
    for (const slice of slices)
      await client.apply({ ...slicesOf, name: slice.metadata.name }, slice, owner)
  }
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
    await publish(slices)
    await runPod('static', { 'nvidia.com/mig-3g.20gb': '1' })
    expect(await devicesOf('static')).toEqual([expect.stringContaining('3g20gb')])
  })

  test("in NVIDIA's order a 3g.20gb keeps a 4g.20gb out of an empty A100", async () => {
    const state = await readWithMig('a100-40gb')
    await publish(resourceSlices(state, { node: 'node-1', partitions: 'all' }))
    await runPod('three', { 'nvidia.com/mig-3g.20gb': '1' })
    await waitingPod('four', { 'nvidia.com/mig-4g.20gb': '1' })
  })

  test('listed for room, the same devices take both, for pods with unchanged resource limits', async () => {
    const state = await readWithMig('a100-40gb')
    await publish(resourceSlices(state, { node: 'node-1', partitions: 'all', order: highestFirst }))
    await runPod('three', { 'nvidia.com/mig-3g.20gb': '1' })
    await runPod('four', { 'nvidia.com/mig-4g.20gb': '1' })
    expect(await devicesOf('three')).toEqual(['gpu-0-mig-3g20gb-9-4'])
    expect(await devicesOf('four')).toEqual(['gpu-0-mig-4g20gb-5-0'])
  })

  test('a claim for two sizes on one GPU gets both there', async () => {
    const state = await readWithMig('2x a100-40gb')
    await publish(resourceSlices(state, { node: 'node-1', partitions: 'all' }))
    const wanted = { large: { profile: '3g.20gb' }, small: { profile: '1g.5gb', count: 2 } }
    const claim = resourceClaim(wanted, { name: 'both', namespace: 'default', sameGpu: true })
    await client.create(claimsOf, claim as unknown as ClusterObject)
    await createPod('both', {}, ['both'])
    await until('the pod to run', async () => phaseOf(await podNamed('both')) === 'Running')
    const devices = await devicesOf('both')
    expect(devices).toHaveLength(3)
    expect(new Set(devices.map((device) => device.split('-mig-')[0])).size).toBe(1)
  })

  const podNamed = (name: string): Promise<ClusterObject | null> => client.get({ ...podsOf, name })

  async function createPod(
    name: string,
    limits: Readonly<Record<string, string>>,
    claims: readonly string[] = [],
  ): Promise<void> {
    const pod: ClusterObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'none',
            resources: { limits, claims: claims.map((claim) => ({ name: claim })) },
          },
        ],
        resourceClaims: claims.map((claim) => ({ name: claim, resourceClaimName: claim })),
      },
    }
    await client.create(podsOf, pod)
  }

  async function runPod(name: string, limits: Readonly<Record<string, string>>): Promise<void> {
    await createPod(name, limits)
    await until(`pod ${name} to run`, async () => phaseOf(await podNamed(name)) === 'Running')
  }

  /** The scheduler has looked for a place for the pod and found none. */
  async function waitingPod(name: string, limits: Readonly<Record<string, string>>): Promise<void> {
    await createPod(name, limits)
    await until('the scheduler to give up', async () => {
      return conditionOf(await podNamed(name), 'PodScheduled') === 'False'
    })
    expect(phaseOf(await podNamed(name))).toBe('Pending')
  }

  /** What the scheduler has allocated to a pod: the devices of the claims that are reserved for it. */
  async function devicesOf(pod: string): Promise<readonly string[]> {
    const { items } = await client.list(claimsOf)
    return items.flatMap(({ status }) => {
      const { reservedFor = [], allocation } = (status ?? {}) as ClaimStatus
      const own = reservedFor.some(({ name }) => name === pod)
      return own ? (allocation?.devices.results ?? []).map(({ device }) => device) : []
    })
  }
})

interface ClaimStatus {
  readonly reservedFor?: readonly { readonly name: string }[]
  readonly allocation?: {
    readonly devices: { readonly results: readonly { readonly device: string }[] }
  }
}

/** A simulated machine with MIG on, and these devices on each such GPU. */
async function readWithMig(
  spec: string,
  devices: Readonly<Record<string, number>> = {},
  on: 'all' | readonly number[] = 'all',
): Promise<MigState> {
  using rooted = createRootedMachine(spec)
  const config = {
    version: 'v1',
    'mig-configs': {
      all: [{ devices: on, 'mig-enabled': true, 'mig-devices': devices }],
    },
  } as const
  await applyMigConfig(config, { library: rooted.machine.library })
  return await readMigState(rooted.options)
}

function highestFirst({ profiles }: Geometry): readonly DevicePlace[] {
  return profiles.flatMap(({ name, placements }) =>
    placements.map(({ start }) => ({ profile: name, start })).reverse(),
  )
}
