import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { PodInTheWay } from '../../../types/kubernetes/agent-pods.js'
import { toError } from '../../errors.js'
import { describeFate, podName } from '../../kubernetes/agent/describe-pods.js'
import { againMs, evict, type Refusal, tryEach } from '../node/ask-to-go.js'
import type { NodeAgentOptions } from '../node/context.js'
import { refuseEvictions } from '../node/eviction-rule.js'
import { findInTheWay, lookAtNode, planRun } from '../node/look.js'
import type { StepOutcome } from '../node/outcome.js'
import { soonMs } from '../node/soon.js'

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
  const refused = await refuseEvictions(options, record, waited)
  if (refused !== null) return refused

  const stuck = waited.filter(({ fate }) => fate === 'protected' || fate === 'static')
  const candidates = waited.filter(({ fate }) => fate === 'evict')
  const waiting = (
    reasons: readonly string[],
    refusals: readonly Refusal[],
    evicted: readonly string[],
  ): StepOutcome => ({
    kind: 'waiting',
    step: 'evict',
    reason: sentenceOf(reasons),
    retryMs: pauseAfter(refusals) ?? soonMs(options, record),
    evicted,
  })
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
    try {
      const refusal = await evict(options, pod, false)
      if (refusal === null) evicted.push(podName(pod))
      else refusals.push(refusal)
    } catch (error) {
      // What has been evicted is written down first. The next look meets the error again.
      if (evicted.length === 0 || options.signal.aborted) throw error
      refusals.push({ reason: toError(error).message, retryMs: againMs })
      break
    }
  }
  const reasons = [...refusals.map(({ reason }) => reason), ...stuck.map(describeFate)]
  return waiting(reasons.length > 0 ? reasons : leavingAll(waited), refusals, evicted)
}

function leaving(pods: readonly PodInTheWay[]): readonly string[] {
  return pods.filter(({ fate }) => fate === 'ends' || fate === 'starts').map(describeFate)
}

/** After the last eviction, all of them but those that start are about to end. */
function leavingAll(pods: readonly PodInTheWay[]): readonly string[] {
  return pods.map((pod) => describeFate(pod.fate === 'starts' ? pod : { ...pod, fate: 'ends' }))
}

function sentenceOf(reasons: readonly string[]): string {
  const rest = reasons.length - mostReasons
  const more = rest > 0 ? `; and ${rest} more` : ''
  return `${reasons.slice(0, mostReasons).join('; ')}${more}`
}

/** Null: no pod refuses, so all of them are about to end, or to begin. */
function pauseAfter(refusals: readonly Refusal[]): number | null {
  if (refusals.length === 0) return null
  return Math.min(againMs, ...refusals.map(({ retryMs }) => Math.max(retryMs, 1000)))
}
