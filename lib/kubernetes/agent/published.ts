import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceSlice, SliceDevice } from '../../../types/kubernetes/dra/objects.js'

const mostNames = 5

/** Devices by their names, with their UUIDs; null: the slice has none. */
type Published = ReadonlyMap<string, string | null>

/**
 * How the slices that the API server has of a node differ from those that its machine needs, as the scheduler reads them: only the newest
 * generation counts, and only if it is whole. A device of the same name and another UUID is one of before. Null: they do not differ.
 */
export function describeUnpublished(
  found: readonly ClusterObject[],
  expected: readonly ResourceSlice[],
  driver: string,
): string | null {
  const specs = found.map((slice) => slice['spec'] as ResourceSlice['spec'])
  const generation = Math.max(...specs.map(({ pool }) => pool.generation))
  const newest = specs.filter(({ pool }) => pool.generation === generation)
  const now = devicesIn(newest)
  const wanted = devicesIn(expected.map(({ spec }) => spec))
  if (newest.length === 0 && wanted.size > 0)
    return `the driver ${driver} publishes no resource slice of the node, and it has ${listed([...wanted.keys()])}`
  const [first] = newest
  if (first !== undefined && newest.length !== first.pool.resourceSliceCount)
    return `the driver ${driver} has published ${newest.length} of ${first.pool.resourceSliceCount} resource slices of the node`
  const missing = [...wanted.keys()].filter((name) => !now.has(name))
  const gone = [...now].filter(([name, uuid]) => wanted.get(name) !== uuid)
  if (missing.length === 0 && gone.length === 0) return null
  const parts = [
    missing.length === 0 ? '' : `do not have ${listed(missing)} yet`,
    gone.length === 0 ? '' : `still have ${listed(gone.map(([name]) => name))} of before`,
  ]
  return `the resource slices of the node ${parts.filter((part) => part !== '').join(', and ')}`
}

function devicesIn(specs: readonly ResourceSlice['spec'][]): Published {
  return new Map(
    specs.flatMap(({ devices = [] }) => devices.map((device) => [device.name, uuidOf(device)])),
  )
}

function uuidOf({ attributes = {} }: Partial<SliceDevice>): string | null {
  const { uuid } = attributes
  return uuid !== undefined && 'string' in uuid ? uuid.string : null
}

function listed(names: readonly string[]): string {
  const sorted = names.toSorted()
  const rest = sorted.length - mostNames
  return `${sorted.slice(0, mostNames).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
