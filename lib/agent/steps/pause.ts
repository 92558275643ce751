import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import { describeInTheWay, podName } from '../../kubernetes/agent/describe-pods.js'
import { hasEnded, selectorOf } from '../../kubernetes/agent/pod-facts.js'
import type { NodeAgentOptions } from '../node/context.js'
import { refuseEvictions } from '../node/eviction-rule.js'
import { findInTheWay, lookAtNode, planRun } from '../node/look.js'
import type { StepOutcome } from '../node/outcome.js'
import { soonMs } from '../node/soon.js'

/** Waits until the pods of paused clients are gone, and all others on what is to be destroyed. */
export async function waitForClients(
  options: NodeAgentOptions,
  record: AgentRecord,
): Promise<StepOutcome> {
  const labels = Object.keys(record.paused)
  const waiting = (reason: string): StepOutcome => ({
    kind: 'waiting',
    step: 'pause',
    reason,
    retryMs: soonMs(options, record),
  })
  const view = await lookAtNode(options)
  const clients = view.pods.filter(
    (pod) => !hasEnded(pod) && labels.some((label) => selectorOf(pod)[label] !== undefined),
  )
  if (clients.length > 0) {
    const names = clients.map(({ metadata: { namespace = '', name = '' } }) =>
      podName({ namespace, name }),
    )
    return waiting(`clients of the GPUs are still there: ${names.join(', ')}`)
  }
  if (record.drains) return { kind: 'done', step: 'pause' }
  const found = findInTheWay(view, await planRun(options, record, view))
  const refused = await refuseEvictions(options, record, found.pods)
  if (refused !== null) return refused
  return found.pods.length === 0 && found.others.length === 0
    ? { kind: 'done', step: 'pause' }
    : waiting(describeInTheWay(found))
}
