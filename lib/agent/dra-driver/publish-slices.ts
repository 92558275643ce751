import { createHash } from 'node:crypto'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceSlice, SliceDevice } from '../../../types/kubernetes/dra/objects.js'
import type { MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { advertisedOf } from '../../kubernetes/agent/advertised.js'
import { slicesOf } from '../../kubernetes/dra/resource-slices.js'
import type { DraSettings } from './driver-options.js'
import { taintOf, uuidOf } from './published-devices.js'

const collection = { apiVersion: 'resource.k8s.io/v1', resource: 'resourceslices' }
const owner = 'mig-nvml'
const ownerLabel = 'app.kubernetes.io/managed-by'
const digestName = 'mig-nvml/digest'

/** Devices by their UUIDs. */
export interface Published {
  /** Those that pods can have, and those that are ill. */
  readonly shown: ReadonlySet<string>
  /** Those that no new claim gets, with their Xids. */
  readonly ill: ReadonlyMap<string, number>
}

/**
 * Brings the pool of the node to these devices. Those that are ill have a taint; an API server that has no taints gets slices without
 * them. A changed pool gets a new generation: the scheduler takes nothing from it until its last slice is written. Returns the
 * generation; null: the pool was so already.
 *
 * @throws MigError `MIG_PLUGIN_RUNNING` where another driver publishes this pool. An error without a code where a device plugin
 *   offers devices of the node; then the pool is empty, because two pods would get one device.
 */
export async function publishSlices(
  state: MigState,
  { shown, ill }: Published,
  settings: DraSettings,
): Promise<number | null> {
  const { cluster, node, name: driver } = settings
  const options = callOptions(settings)
  const { items } = await cluster.list(collection, {
    ...options,
    fieldSelector: `spec.nodeName=${node},spec.driver=${driver}`,
  })
  refuseForeign(items, node, driver)
  const object = await cluster.get({ apiVersion: 'v1', resource: 'nodes', name: node }, options)
  const nodeUid = object?.metadata.uid
  if (object === null || nodeUid === undefined)
    throw new MigError('MIG_CLUSTER_NOT_FOUND', `the cluster has no node ${node}`)
  const plugged = Object.entries(advertisedOf(object)).filter(([, count]) => count > 0)
  if (plugged.length > 0) {
    await removeSlices(items, settings)
    throw new Error(
      `a device plugin gives out the devices of node ${node}, which offers ${plugged.map(([name]) => name).join(', ')}: no slice is published beside it`,
    )
  }

  const last = Math.max(0, ...items.map(generationOf))
  const generation = last + 1
  const make = (showIll: (device: SliceDevice, xid: number) => SliceDevice | null): Slices => {
    const pool = { node, driver, generation, nodeUid, partitions: 'existing' } as const
    return withDigest(
      slicesOf(state, pool, (device) => {
        const uuid = uuidOf(device) ?? ''
        const xid = ill.get(uuid)
        if (!shown.has(uuid)) return null
        return xid === undefined ? device : showIll(device, xid)
      }),
    )
  }
  const isSame = ({ slices, digest }: Slices): boolean =>
    items.length === slices.length &&
    items.every(
      (item) => item.metadata.annotations?.[digestName] === digest && generationOf(item) === last,
    )
  let wanted = make((device, xid) => ({ ...device, taints: [taintOf(driver, xid)] }))
  if (isSame(wanted)) return null
  if (!(await keepsTaints(wanted, settings))) wanted = make(() => null)
  if (isSame(wanted)) return null
  const { slices } = wanted
  for (const slice of slices)
    await cluster.apply({ ...collection, name: slice.metadata.name }, fieldsOf(slice, wanted), {
      ...options,
      fieldManager: owner,
      force: true,
    })
  const names = new Set(slices.map(({ metadata }) => metadata.name))
  const left = items.filter(({ metadata: { name = '' } }) => !names.has(name))
  await removeSlices(left, settings)
  return generation
}

async function removeSlices(
  slices: readonly ClusterObject[],
  settings: DraSettings,
): Promise<void> {
  for (const { metadata } of slices)
    await settings.cluster.remove(
      { ...collection, name: metadata.name ?? '' },
      callOptions(settings),
    )
}

function callOptions({ driver: { signal } }: DraSettings): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

/** An API server that does not know taints, or has them turned off, drops them without an error. */
async function keepsTaints(wanted: Slices, settings: DraSettings): Promise<boolean> {
  const tainted = wanted.slices.find(hasTaint)
  if (tainted === undefined) return true
  const object = { ...collection, name: tainted.metadata.name }
  const kept = await settings.cluster.apply(object, fieldsOf(tainted, wanted), {
    ...callOptions(settings),
    fieldManager: owner,
    force: true,
    dryRun: true,
  })
  return hasTaint(kept as Pick<ResourceSlice, 'spec'> & ClusterObject)
}

function hasTaint({ spec: { devices = [] } }: Pick<ResourceSlice, 'spec'>): boolean {
  return devices.some(({ taints = [] }) => taints.length > 0)
}

function fieldsOf(slice: ResourceSlice, { digest }: Slices): object {
  const own = { labels: { [ownerLabel]: owner }, annotations: { [digestName]: digest } }
  return { ...slice, metadata: { ...slice.metadata, ...own } }
}

function refuseForeign(items: readonly ClusterObject[], node: string, driver: string): void {
  const foreign = items.find(({ metadata }) => metadata.labels?.[ownerLabel] !== owner)
  if (foreign === undefined) return
  throw new MigError(
    'MIG_PLUGIN_RUNNING',
    `another driver publishes ${driver} on node ${node}: the resource slice ${foreign.metadata.name} is not ours`,
    { hint: 'remove that driver from the node; the kubelet then deletes its slices within 30 s' },
  )
}

function generationOf(slice: ClusterObject): number {
  const { pool } = slice['spec'] as ResourceSlice['spec']
  return pool.generation
}

interface Slices {
  readonly slices: readonly ResourceSlice[]
  /** The API server writes amounts in its own way, so what it has cannot be compared with what was sent. */
  readonly digest: string
}

function withDigest(slices: readonly ResourceSlice[]): Slices {
  const content = slices.map(({ metadata, spec }) => [metadata, { ...spec, pool: null }])
  const hash = createHash('sha256').update(JSON.stringify(content))
  return { slices, digest: hash.digest('hex').slice(0, 32) }
}
