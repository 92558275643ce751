import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type {
  DeviceClass,
  DeviceNeed,
  DeviceRequest,
  ResourceClaim,
  SliceDevice,
} from '../../../types/kubernetes/dra/objects.js'
import { isMigError } from '../../errors.js'
import { claimsOfPod } from '../agent/pod-claims.js'
import { matcherOf } from '../dra/allocator/match-selector.js'
import { nvidiaDriver } from '../dra/class-names.js'
import type { Devices } from './pod-resources.js'

/** The claims of a cluster, and what they can mean. */
export interface ClaimContext {
  /** By `namespace/name`. */
  readonly claims: ReadonlyMap<string, ResourceClaim>
  readonly classes: ReadonlyMap<string, DeviceClass>
  /** Every size that a GPU of the cluster can have. */
  readonly sizes: readonly string[]
}

/** What a pod wants by claims that have no devices yet, or why that cannot be planned. */
export function devicesByClaim(pod: ClusterObject, context: ClaimContext): Devices | string {
  const devices: Record<string, number> = {}
  for (const name of claimsOfPod(pod)) {
    const claim = context.claims.get(`${pod.metadata.namespace}/${name}`)
    if (claim === undefined) return `its claim ${name} is not there`
    if (claim.status?.allocation !== undefined) continue
    const wanted = devicesOf(claim, context)
    if (typeof wanted === 'string') return `its claim ${name}: ${wanted}`
    for (const [size, count] of Object.entries(wanted)) devices[size] = (devices[size] ?? 0) + count
  }
  return devices
}

function devicesOf({ spec }: ResourceClaim, context: ClaimContext): Devices | string {
  const { requests = [], constraints = [] } = spec.devices
  const devices: Record<string, number> = {}
  for (const request of requests) {
    const wanted = devicesFor(request, context)
    if (typeof wanted === 'string') return `the request ${request.name} ${wanted}`
    for (const [size, count] of Object.entries(wanted)) devices[size] = (devices[size] ?? 0) + count
  }
  const count = Object.values(devices).reduce((sum, each) => sum + each, 0)
  return constraints.length > 0 && count > 1
    ? 'its constraints bind several devices together'
    : devices
}

function devicesFor({ exactly, firstAvailable }: DeviceRequest, context: ClaimContext) {
  // The scheduler prefers the first one, and a plan makes room for it.
  const need = exactly ?? firstAvailable?.[0]
  return need === undefined ? {} : devicesOfNeed(need, context)
}

function devicesOfNeed(need: DeviceNeed, { classes, sizes }: ClaimContext): Devices | string {
  if (Reflect.get(need, 'adminAccess') === true) return {}
  const { deviceClassName, selectors = [], allocationMode, count = 1 } = need
  const found = classes.get(deviceClassName)
  if (found === undefined) return `names the class ${deviceClassName}, which is not there`
  try {
    const matchers = [...found.spec.selectors, ...selectors].map(matcherOf)
    const matching = ['gpu', ...sizes].filter((size) => {
      const device = deviceOf(size)
      return matchers.every((matches) => matches({ driver: nvidiaDriver, device }))
    })
    const [size] = matching
    // The devices of another driver.
    if (size === undefined) return {}
    if (matching.length > 1) return `takes any of ${matching.join(', ')}`
    return allocationMode === 'All' ? 'wants all devices of a node' : { [size]: count }
  } catch (error) {
    if (isMigError(error)) return `cannot be read: ${error.message}`
    throw error
  }
}

function deviceOf(size: string): SliceDevice {
  const attributes =
    size === 'gpu'
      ? { type: { string: 'gpu' } }
      : { type: { string: 'mig' }, profile: { string: size } }
  return { name: size, attributes, capacity: {} }
}
