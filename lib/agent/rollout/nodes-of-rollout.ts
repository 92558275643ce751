import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { MigError } from '../../errors.js'
import { progressOf } from '../../kubernetes/rollout/node-progress.js'

const nodes = { apiVersion: 'v1', resource: 'nodes' } as const
const mostNames = 5

/** The nodes of a rollout at one look. */
export interface NodesNow {
  readonly items: readonly ClusterObject[]
  /** Nodes that the selector had found and finds no more, and that are not begun. */
  readonly left: readonly string[]
}

export interface RolloutNodesFinder {
  find(): Promise<NodesNow>
}

interface FinderOptions {
  readonly cluster: Pick<ClusterClient, 'list' | 'get'>
  readonly labelSelector?: string
  readonly config: string
  readonly drain?: boolean
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/**
 * Finds the nodes of a rollout by their labels. One that loses them while its agent works is followed by its name: it is still away, and
 * gpu-feature-discovery may have taken the label while its agent pauses it.
 */
export function createNodesFinder(options: FinderOptions): RolloutNodesFinder {
  const { cluster, labelSelector, config, drain = false, signal, log } = options
  const known = new Set<string>()
  return {
    async find() {
      const listed = await cluster.list(nodes, {
        ...(labelSelector === undefined ? {} : { labelSelector }),
        signal,
      })
      const items = [...listed.items]
      const names = new Set(items.map(({ metadata }) => metadata.name ?? ''))
      const left: string[] = []
      for (const name of known) {
        if (names.has(name)) continue
        const node = await cluster.get({ ...nodes, name }, { signal })
        if (node === null) {
          known.delete(name)
          log(`node ${name} is no longer in the cluster`)
        } else if (progressOf(node, config, drain).progress === 'todo') left.push(name)
        else items.push(node)
      }
      for (const name of names) known.add(name)
      if (items.length + left.length === 0) throw noNodes(labelSelector)
      return { items, left }
    },
  }
}

function noNodes(labelSelector: string | undefined): MigError {
  const which =
    labelSelector === undefined
      ? 'the cluster has no node'
      : `no node has the labels ${labelSelector}`
  return new MigError('MIG_ROLLOUT_INCOMPLETE', which, {
    hint: 'kubectl get nodes --show-labels; --selector says which nodes are meant',
  })
}

/** @throws MigError `MIG_ROLLOUT_INCOMPLETE` where nodes have left that were to be changed. */
export function expectComplete(left: readonly string[], labelSelector: string | undefined): void {
  if (left.length === 0) return
  const rest = left.length - mostNames
  const names = `${left.slice(0, mostNames).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
  throw new MigError(
    'MIG_ROLLOUT_INCOMPLETE',
    `these nodes have lost the labels ${labelSelector} since the rollout began, and are as before: ${names}`,
    { hint: 'give them the labels back, and start the rollout again: it goes on with them' },
  )
}
