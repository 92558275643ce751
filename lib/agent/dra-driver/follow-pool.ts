import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { advertisedOf } from '../../kubernetes/agent/advertised.js'
import { type KeptChange, keepWatching } from '../client/watch.js'
import type { DraSettings } from './driver-options.js'

/** What the cluster has of a node's pool, as watches of its slices and of the node show it. */
export interface FollowedPool {
  /** Whether anything has changed since the last question, and whether a change would be seen. */
  look(): { readonly hasChanged: boolean; readonly isFollowed: boolean }
}

/** Follows the slices of this driver and what the node advertises until the signal is aborted. */
export function followPool(
  { cluster, node, name }: Pick<DraSettings, 'cluster' | 'node' | 'name'>,
  signal: AbortSignal,
): FollowedPool {
  let hasChanged = false
  let advertised = ''
  const up = { slices: false, node: false }
  const note = (part: keyof typeof up, { kind }: KeptChange): void => {
    if (kind === 'listed' || kind === 'resumed') up[part] = true
    if (kind === 'interrupted' || kind === 'ended') up[part] = false
  }
  // The kubelet writes the status of its node all the time.
  const see = (object: ClusterObject | undefined): void => {
    const now = object === undefined ? '' : JSON.stringify(advertisedOf(object))
    hasChanged ||= now !== advertised
    advertised = now
  }
  void keepWatching(
    cluster,
    { apiVersion: 'resource.k8s.io/v1', resource: 'resourceslices' },
    { fieldSelector: `spec.nodeName=${node},spec.driver=${name}`, signal },
    (change) => {
      note('slices', change)
      // A break is no change: a watch that comes back shows what was missed, and a question meanwhile would only fail.
      hasChanged ||= change.kind === 'listed' || 'object' in change
    },
  )
  void keepWatching(
    cluster,
    { apiVersion: 'v1', resource: 'nodes' },
    { fieldSelector: `metadata.name=${node}`, signal },
    (change) => {
      note('node', change)
      if (change.kind === 'listed') see(change.items[0])
      else if ('object' in change) see(change.kind === 'deleted' ? undefined : change.object)
    },
  )
  return {
    look() {
      const seen = { hasChanged, isFollowed: up.slices && up.node }
      hasChanged = false
      return seen
    },
  }
}
