import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceClaim, ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import { conditionOf, phaseOf } from '../harness/simulated-node.js'
import { until } from '../harness/until.js'

const resource = 'resource.k8s.io/v1'
export const slicesOf = { apiVersion: resource, resource: 'resourceslices' }
export const classesOf = { apiVersion: resource, resource: 'deviceclasses' }
export const claimsOf = { apiVersion: resource, resource: 'resourceclaims', namespace: 'default' }
const podsOf = { apiVersion: 'v1', resource: 'pods', namespace: 'default' }

/** Pods whose devices the real scheduler allocates. */
export interface DraPods {
  publish(slices: readonly ResourceSlice[]): Promise<void>
  /** Until the scheduler has seen all slices and claims as they are now: it knows them from watches, which may be behind. */
  seen(): Promise<void>
  /** Creates a pod and waits for the scheduler's word. True: it has a node, and runs. */
  place(
    name: string,
    wanted: {
      readonly limits?: Readonly<Record<string, string>>
      readonly claims?: readonly ResourceClaim[]
      /** Default: any. */
      readonly node?: string
    },
  ): Promise<boolean>
  /** The devices that a pod has got. */
  devicesOf(pod: string): Promise<readonly string[]>
  /** Takes away all pods, claims and slices. */
  clear(): Promise<void>
}

export function draPods(client: ClusterClient): DraPods {
  let markers = 0
  let view: Promise<void> | null = null

  /** A scheduler that places this pod has seen its slice and its claim, and so all that was written before them. */
  async function placeMarker(): Promise<void> {
    const number = ++markers
    const name = `marker-${number}`
    const driver = 'marker.a.test'
    const expression = `device.attributes["${driver}"].number == ${number}`
    const exactly = { deviceClassName: 'marker', selectors: [{ cel: { expression } }] }
    const ofDriver = { cel: { expression: `device.driver == "${driver}"` } }
    await client.apply(
      { ...classesOf, name: 'marker' },
      { ...kind('DeviceClass', 'marker'), spec: { selectors: [ofDriver] } },
      { fieldManager: 'marker' },
    )
    await client.create(slicesOf, {
      ...kind('ResourceSlice', name),
      spec: {
        driver,
        pool: { name, generation: 1, resourceSliceCount: 1 },
        allNodes: true,
        devices: [{ name, attributes: { number: { int: number } } }],
      },
    })
    await client.create(claimsOf, {
      ...kind('ResourceClaim', name),
      spec: { devices: { requests: [{ name: 'marker', exactly }] } },
    })
    await createPod(name, {}, [name])
    await until(
      'the scheduler to see what was written',
      async () => conditionOf(await client.get({ ...podsOf, name }), 'PodScheduled') === 'True',
    )
    for (const collection of [podsOf, claimsOf, slicesOf])
      await client.remove({ ...collection, name })
  }

  async function createPod(
    name: string,
    limits: Readonly<Record<string, string>>,
    claims: readonly string[],
    node?: string,
  ): Promise<void> {
    const resources = { limits, claims: claims.map((claim) => ({ name: claim })) }
    await client.create(podsOf, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        ...(node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': node } }),
        containers: [{ name: 'main', image: 'none', resources }],
        resourceClaims: claims.map((claim) => ({ name: claim, resourceClaimName: claim })),
      },
    })
  }

  const pods: DraPods = {
    async publish(slices) {
      view = null
      for (const slice of slices)
        await client.apply({ ...slicesOf, name: slice.metadata.name }, slice, {
          fieldManager: 'mig-nvml',
        })
    },

    seen() {
      view = placeMarker()
      return view
    },

    async place(name, { limits = {}, claims = [], node }) {
      await (view ?? pods.seen())
      for (const claim of claims) await client.create(claimsOf, claim as unknown as ClusterObject)
      const names = claims.map(({ metadata }) => metadata.name)
      await createPod(name, limits, names, node)
      const { placed } = await until(`the scheduler's word on pod ${name}`, async () => {
        const pod = await client.get({ ...podsOf, name })
        if (phaseOf(pod) === 'Running') return { placed: true }
        return conditionOf(pod, 'PodScheduled') === 'False' ? { placed: false } : null
      })
      return placed
    },

    async devicesOf(pod) {
      const { items } = await client.list(claimsOf)
      return items.flatMap(({ status }) => {
        const { reservedFor = [], allocation } = (status ?? {}) as ClaimStatus
        const own = reservedFor.some(({ name }) => name === pod)
        return own ? (allocation?.devices.results ?? []).map(({ device }) => device) : []
      })
    },

    async clear() {
      view = null
      for (const collection of [podsOf, claimsOf, slicesOf])
        await until(`no ${collection.resource}`, async () => {
          const { items } = await client.list(collection)
          for (const { metadata } of items)
            await client.remove({ ...collection, name: metadata.name ?? '' })
          return items.length === 0
        })
    },
  }
  return pods
}

function kind(name: string, object: string) {
  return { apiVersion: resource, kind: name, metadata: { name: object } }
}

interface ClaimStatus {
  readonly reservedFor?: readonly { readonly name: string }[]
  readonly allocation?: {
    readonly devices: { readonly results: readonly { readonly device: string }[] }
  }
}
