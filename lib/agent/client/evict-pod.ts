import type {
  ClusterEviction,
  ClusterEvictionOptions,
  ClusterObject,
} from '../../../types/kubernetes/cluster-client.js'
import { isMigError, type MigError } from '../../errors.js'
import { objectPath } from './api-paths.js'
import type { ApiServer } from './api-server.js'
import { statusOf } from './failures.js'

/** Asks for the end of a pod. What keeps it from ending now is an answer and no error. */
export async function evictPod(
  server: ApiServer,
  pod: { readonly namespace: string; readonly name: string },
  options: ClusterEvictionOptions = {},
): Promise<ClusterEviction> {
  const { namespace, name } = pod
  const { uid, gracePeriodSeconds, dryRun = false } = options
  const what = `evict pod ${namespace}/${name}`
  const path = objectPath({ apiVersion: 'v1', resource: 'pods', namespace, name })
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { namespace, name },
    deleteOptions: {
      gracePeriodSeconds,
      preconditions: uid === undefined ? undefined : { uid },
      dryRun: dryRun ? ['All'] : undefined,
    },
  }
  try {
    await server.call({ method: 'POST', path: `${path}/eviction`, what, body }, options)
    return { outcome: 'evicted', reason: null, retryAfterMs: null }
  } catch (error) {
    if (statusOf(error) === 404) return absent
    if (statusOf(error) === 409 && uid !== undefined) {
      // Either another pod has the name by now, or its budget has changed at this very moment.
      const now = await podNow(server, path, what, options)
      if (now?.metadata.uid !== uid) return absent
    }
    if (isMigError(error) && isBlocked(error))
      return {
        outcome: 'blocked',
        reason: error.message,
        retryAfterMs: error.cluster?.retryAfterMs ?? null,
      }
    throw error
  }
}

const absent: ClusterEviction = { outcome: 'absent', reason: null, retryAfterMs: null }

// A pod with several budgets is status 500, though no later try mends it: an administrator must.
function isBlocked(error: MigError): boolean {
  const status = statusOf(error)
  return (
    status === 429 ||
    status === 409 ||
    (status === 500 && error.message.includes('more than one PodDisruptionBudget'))
  )
}

async function podNow(
  server: ApiServer,
  path: string,
  what: string,
  options: ClusterEvictionOptions,
): Promise<ClusterObject | null> {
  try {
    return (await server.call({ method: 'GET', path, what }, options)) as ClusterObject
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}
