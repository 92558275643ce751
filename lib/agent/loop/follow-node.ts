import { toError } from '../../errors.js'
import { configLabel } from '../../kubernetes/agent/names.js'
import type { NodeAgentOptions } from '../node/context.js'

/** The label of the node as it was seen last, and a way to hear of its changes. */
export interface FollowedNode {
  /** Null: there is none. Undefined: the node has not been read yet. */
  label(): string | null | undefined
}

const againMs = 5000

/** Follows the node until the agent ends. `onChange` is called when the label is another one. */
export function followNode(options: NodeAgentOptions, onChange: () => void): FollowedNode {
  const { cluster, node, signal, clock, log } = options
  let label: string | null | undefined
  function see(labels: Readonly<Record<string, string>> | undefined): void {
    const now = labels?.[configLabel] ?? null
    // mig-manager ignores an empty label as well.
    const named = now === '' ? null : now
    if (named === label) return
    label = named
    onChange()
  }
  async function follow(): Promise<void> {
    const changes = cluster.watch(
      { apiVersion: 'v1', resource: 'nodes' },
      { fieldSelector: `metadata.name=${node}`, signal },
    )
    for await (const change of changes) {
      if (change.kind === 'listed') see(change.items[0]?.metadata.labels)
      else if (change.kind === 'interrupted') log(`the watch of the node: ${change.error.message}`)
      else if (change.kind !== 'deleted') see(change.object.metadata.labels)
    }
  }
  async function keepFollowing(): Promise<void> {
    while (!signal.aborted) {
      await follow().catch((error: unknown) => {
        if (!signal.aborted) log(`cannot watch the node: ${toError(error).message}; trying again`)
      })
      await clock.sleep(againMs, signal)
    }
  }
  void keepFollowing()
  return { label: () => label }
}
