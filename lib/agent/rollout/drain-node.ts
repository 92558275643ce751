import { describeFate, podName } from '../../kubernetes/agent/describe-pods.js'
import { podsToDrain } from '../../kubernetes/rollout/pods-to-drain.js'
import { evict, tryEach } from '../node/ask-to-go.js'
import type { NodeAgentOptions } from '../node/context.js'

const mostReasons = 5

/** Empties nodes before they get their label, one look at a time. */
export interface Drain {
  /** Asks the pods of a node to go. Null: none is left; otherwise what is waited for. */
  step(node: string): Promise<string | null>
  /** Nodes that took too long, with the reason. */
  readonly gaveUp: Readonly<Record<string, string>>
  /** Nodes that have our taint, or may have it. */
  readonly tainted: Set<string>
}

interface DrainOptions extends Pick<NodeAgentOptions, 'cluster' | 'clock' | 'signal'> {
  readonly drainMs?: number
}

export function createDrain({ cluster, clock, signal, drainMs = 1_800_000 }: DrainOptions): Drain {
  const begun = new Map<string, number>()
  // No pod goes before each of them may go: otherwise some would lose their work for a node that cannot be emptied.
  const allowed = new Set<string>()
  const gaveUp: Record<string, string> = {}

  async function askPods(node: string): Promise<string | null> {
    const { items } = await cluster.list(
      { apiVersion: 'v1', resource: 'pods' },
      { fieldSelector: `spec.nodeName=${node}`, signal },
    )
    const pods = podsToDrain(items)
    if (pods.length === 0) return null
    const candidates = pods.filter(({ fate }) => fate === 'evict')
    const stuck = pods.filter(({ fate }) => fate === 'protected').map(describeFate)
    const asking = { cluster, signal }
    if (!allowed.has(node)) {
      const refusals = await tryEach(asking, candidates)
      const reasons = [...stuck, ...refusals.map(({ reason }) => reason)]
      if (reasons.length > 0) return sentenceOf(reasons)
      allowed.add(node)
    }
    const reasons: string[] = [...stuck]
    for (const pod of candidates) {
      const refusal = await evict(asking, pod, false)
      if (refusal !== null) reasons.push(refusal.reason)
    }
    return reasons.length > 0
      ? sentenceOf(reasons)
      : `waiting for the end of ${sentenceOf(pods.map((pod) => `pod ${podName(pod)}`))}`
  }

  return {
    gaveUp,
    tainted: new Set(),
    async step(node) {
      const since = begun.get(node) ?? clock.now()
      begun.set(node, since)
      const reason = await askPods(node)
      if (reason !== null && clock.now() - since >= drainMs)
        gaveUp[node] = `it could not be emptied within ${Math.round(drainMs / 1000)} s: ${reason}`
      return reason
    },
  }
}

function sentenceOf(reasons: readonly string[]): string {
  const rest = reasons.length - mostReasons
  return `${reasons.slice(0, mostReasons).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`
}
