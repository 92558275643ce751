import type {
  ClusterClient,
  ClusterLease,
  ClusterObject,
  ClusterObjectName,
} from '../../../types/kubernetes/cluster-client.js'
import { isMigError } from '../../errors.js'
import type { ObjectCalls } from './objects.js'

interface LeaseSpec {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly leaseTransitions?: number
  readonly renewTime?: string
}

/** Leases: one holder at a time, without trust in the clocks of other nodes. */
export function leaseCalls(
  objects: ObjectCalls,
  now: () => number = () => performance.now(),
): Pick<ClusterClient, 'holdLease' | 'releaseLease'> {
  /** Since when this process has seen a Lease in its present version. */
  const seen = new Map<string, { readonly version: string; readonly since: number }>()

  function isLost(lease: ClusterObject, key: string): boolean {
    const { holderIdentity, leaseDurationSeconds = 0 } = specOf(lease)
    if (holderIdentity === undefined || holderIdentity === '') return true
    const version = lease.metadata.resourceVersion ?? ''
    const before = seen.get(key)
    if (before?.version !== version) {
      seen.set(key, { version, since: now() })
      return false
    }
    return now() - before.since > leaseDurationSeconds * 1000
  }

  return {
    async holdLease({ namespace, name }, options) {
      const { holder, durationSeconds } = options
      const object = leaseName(namespace, name)
      const found = await objects.get(object, options)
      const time = microTime()
      const fresh = {
        holderIdentity: holder,
        leaseDurationSeconds: durationSeconds,
        renewTime: time,
      }
      try {
        if (found === null) {
          const spec = { ...fresh, acquireTime: time, leaseTransitions: 0 }
          const lease = {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { namespace, name },
            spec,
          }
          return describe(await objects.create(object, lease, options), holder)
        }
        const { holderIdentity, leaseTransitions = 0 } = specOf(found)
        const own = holderIdentity === holder
        if (!own && !isLost(found, `${namespace}/${name}`)) return describe(found, holder)
        const taken = own ? {} : { acquireTime: time, leaseTransitions: leaseTransitions + 1 }
        const { resourceVersion } = found.metadata
        const spec = { ...fresh, ...taken }
        return describe(
          await objects.merge(
            object,
            { spec },
            { ...options, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
          ),
          holder,
        )
      } catch (error) {
        // Another process was faster.
        if (!isMigError(error) || error.code !== 'MIG_CLUSTER_CONFLICT') throw error
        const lease = await objects.get(object, options)
        return lease === null
          ? { held: false, holder: null, renewTime: null }
          : describe(lease, holder)
      }
    },

    async releaseLease({ namespace, name }, options) {
      const object = leaseName(namespace, name)
      const found = await objects.get(object, options)
      if (found === null || specOf(found).holderIdentity !== options.holder) return
      const { resourceVersion } = found.metadata
      try {
        await objects.merge(
          object,
          { spec: { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() } },
          { ...options, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
        )
      } catch (error) {
        // It has another holder by now, so nothing is left to give back.
        if (!isMigError(error) || error.code !== 'MIG_CLUSTER_CONFLICT') throw error
      }
    },
  }
}

function leaseName(namespace: string, name: string): ClusterObjectName {
  return { apiVersion: 'coordination.k8s.io/v1', resource: 'leases', namespace, name }
}

function specOf(lease: ClusterObject): LeaseSpec {
  return (lease['spec'] ?? {}) as LeaseSpec
}

function describe(lease: ClusterObject, self: string): ClusterLease {
  const { holderIdentity = '', renewTime = null } = specOf(lease)
  return {
    held: holderIdentity === self,
    holder: holderIdentity === '' ? null : holderIdentity,
    renewTime,
  }
}

// The API server takes exactly six digits of a second here.
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}
