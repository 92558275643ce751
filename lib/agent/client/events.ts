import { createHash } from 'node:crypto'
import type { ClusterCallOptions, ClusterEvent } from '../../../types/kubernetes/cluster-client.js'
import { isMigError } from '../../errors.js'
import type { ObjectCalls } from './objects.js'

/** Writes an Event. The same one again is no second object: its count rises, as `kubectl describe` shows. */
export async function recordEvent(
  objects: ObjectCalls,
  event: ClusterEvent,
  options?: ClusterCallOptions,
): Promise<void> {
  const { regarding, type, reason, message } = event
  // Events about objects without a namespace lie in this one.
  const namespace = regarding.namespace ?? 'default'
  const same = createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 16)
  const name = `${regarding.name.slice(0, 200)}.${same}`
  const collection = { apiVersion: 'v1', resource: 'events', namespace }
  const time = `${new Date().toISOString().slice(0, 19)}Z`
  try {
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: regarding,
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: time,
      lastTimestamp: time,
      source: { component: 'mig-nvml' },
      reportingComponent: 'mig-nvml',
      reportingInstance: '',
    }
    await objects.create(collection, body, options)
  } catch (error) {
    if (!isMigError(error) || error.code !== 'MIG_CLUSTER_CONFLICT') throw error
    // The permission to patch is enough: the answer of the first patch has the count.
    const object = { ...collection, name }
    const before = await objects.merge(object, { lastTimestamp: time }, options)
    await objects.merge(object, { count: Number(before['count'] ?? 1) + 1 }, options)
  }
}
