import type { PodInTheWay } from '../../../types/kubernetes/agent-pods.js'
import type { ClusterEviction } from '../../../types/kubernetes/cluster-client.js'
import { describeHeld } from '../../kubernetes/agent/describe-pods.js'
import type { NodeAgentOptions } from './context.js'

export const againMs = 5000
/** The most that the server may ask to wait. */
const longestMs = 60_000

type Evicting = Pick<NodeAgentOptions, 'cluster' | 'gracePeriodSeconds' | 'signal'>

/** Why a pod stays. */
export interface Refusal {
  readonly reason: string
  readonly retryMs: number
}

/** Asks, without any effect, which pods would have to stay. */
export async function tryEach(
  options: Evicting,
  pods: readonly PodInTheWay[],
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = []
  for (const pod of pods) {
    const refusal = await evict(options, pod, true)
    if (refusal !== null) refusals.push(refusal)
  }
  return refusals
}

/** Null: it goes, or is gone. */
export async function evict(
  { cluster, gracePeriodSeconds, signal }: Evicting,
  pod: PodInTheWay,
  dryRun: boolean,
): Promise<Refusal | null> {
  const answer = await cluster.evict(pod, {
    uid: pod.uid,
    dryRun,
    signal,
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  })
  return answer.outcome === 'blocked' ? refusalOf(pod, answer) : null
}

function refusalOf(pod: PodInTheWay, { reason, retryAfterMs }: ClusterEviction): Refusal {
  const why =
    reason?.includes('disruption budget') === true
      ? `its PodDisruptionBudget allows no eviction: ${reason}`
      : (reason ?? 'the API server refuses its eviction')
  return {
    reason: describeHeld(pod, why),
    retryMs: Math.min(retryAfterMs ?? againMs, longestMs),
  }
}
