import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { PodInTheWay } from '../../../types/kubernetes/agent-pods.js'
import type { ClusterEviction } from '../../../types/kubernetes/cluster-client.js'
import { describeFate, describeHeld, podName } from '../../kubernetes/agent/describe-pods.js'
import type { NodeAgentOptions } from '../node/context.js'
import { findInTheWay, lookAtNode, planRun } from '../node/look.js'
import type { StepOutcome } from '../node/outcome.js'

const againMs = 5000
/** The most that the server may ask to wait. */
const longestMs = 60_000
const mostReasons = 5

/**
 * Asks the pods in the way to go. No eviction begins before a dry run would let each of them go: otherwise, some would be evicted for
 * a change that the budget of another one then forbids.
 */
export async function evictPods(
  options: NodeAgentOptions,
  record: AgentRecord,
): Promise<StepOutcome> {
  const view = await lookAtNode(options)
  const { pods } = findInTheWay(view, record.drains ? null : await planRun(options, record, view))
  // Those of DaemonSets go when their DaemonSets are paused, in the next step.
  const waited = pods.filter(({ fate }) => fate !== 'daemon-set')
  if (waited.length === 0) return { kind: 'done', step: 'evict' }

  const stuck = waited.filter(({ fate }) => fate === 'protected' || fate === 'static')
  const candidates = waited.filter(({ fate }) => fate === 'evict')
  if (!record.evicting) {
    const refusals = [
      ...stuck.map((pod) => ({ retryMs: againMs, reason: describeFate(pod) })),
      ...(await tryEach(options, candidates)),
    ]
    return refusals.length === 0 && candidates.length > 0
      ? { kind: 'evictions-allowed' }
      : waiting([...refusals.map(({ reason }) => reason), ...leaving(waited)], refusals, [])
  }
  const refusals: Refusal[] = []
  const evicted: string[] = []
  for (const pod of candidates) {
    const refusal = await evict(options, pod, false)
    if (refusal === null) evicted.push(podName(pod))
    else refusals.push(refusal)
  }
  const reasons = [...refusals.map(({ reason }) => reason), ...stuck.map(describeFate)]
  return waiting(reasons.length > 0 ? reasons : leavingAll(waited), refusals, evicted)
}

interface Refusal {
  readonly reason: string
  readonly retryMs: number
}

async function tryEach(
  options: NodeAgentOptions,
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
async function evict(
  { cluster, gracePeriodSeconds, signal }: NodeAgentOptions,
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

function leaving(pods: readonly PodInTheWay[]): readonly string[] {
  return pods.filter(({ fate }) => fate === 'ends').map(describeFate)
}

/** After the last eviction, all of them are about to end. */
function leavingAll(pods: readonly PodInTheWay[]): readonly string[] {
  return pods.map((pod) => describeFate({ ...pod, fate: 'ends' }))
}

function waiting(
  reasons: readonly string[],
  refusals: readonly Refusal[],
  evicted: readonly string[],
): StepOutcome {
  const rest = reasons.length - mostReasons
  const more = rest > 0 ? `; and ${rest} more` : ''
  return {
    kind: 'waiting',
    step: 'evict',
    reason: `${reasons.slice(0, mostReasons).join('; ')}${more}`,
    retryMs: Math.min(againMs, ...refusals.map(({ retryMs }) => Math.max(retryMs, 1000))),
    evicted,
  }
}
