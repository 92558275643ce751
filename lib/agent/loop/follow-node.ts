import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { advertisedOf } from '../../kubernetes/agent/advertised.js'
import { configLabel, configsAnnotation } from '../../kubernetes/agent/names.js'
import { keepWatching } from '../client/watch.js'
import type { NodeAgentOptions } from '../node/context.js'

/** The node as its watch has shown it last. */
export interface FollowedNode {
  /** Null: there is none. Undefined: the node has not been read yet. */
  label(): string | null | undefined
  /** Undefined: the node has not been read yet. */
  annotations(): Readonly<Record<string, string>> | undefined
  /** Whether it advertises other resources than at the last question. */
  hasOtherResources(): boolean
}

/** Follows the node until the agent ends. `onChange` is called when the label, the node's own configurations or a resource are others. */
export function followNode(options: NodeAgentOptions, onChange: () => void): FollowedNode {
  const { cluster, node, signal, clock, log } = options
  let label: string | null | undefined
  let seen: Readonly<Record<string, string>> | undefined
  let resources = ''
  let isOther = false
  function see(object: ClusterObject | undefined): void {
    const { labels = {}, annotations = {} } = object?.metadata ?? {}
    // mig-manager ignores an empty label as well.
    const named = labels[configLabel] || null
    const advertised = object === undefined ? '' : JSON.stringify(advertisedOf(object))
    const isSame =
      named === label &&
      annotations[configsAnnotation] === seen?.[configsAnnotation] &&
      advertised === resources
    isOther ||= advertised !== resources
    label = named
    seen = annotations
    resources = advertised
    if (!isSame) onChange()
  }
  void keepWatching(
    cluster,
    { apiVersion: 'v1', resource: 'nodes' },
    { fieldSelector: `metadata.name=${node}`, signal },
    (change) => {
      if (change.kind === 'listed') see(change.items[0])
      else if (change.kind === 'interrupted') log(`the watch of the node: ${change.error.message}`)
      else if (change.kind === 'resumed') log('the watch of the node goes on')
      else if (change.kind === 'ended')
        log(`cannot watch the node: ${change.error.message}; trying again`)
      else if (change.kind !== 'deleted') see(change.object)
    },
    clock.sleep,
  )
  return {
    label: () => label,
    annotations: () => seen,
    hasOtherResources() {
      const was = isOther
      isOther = false
      return was
    },
  }
}
