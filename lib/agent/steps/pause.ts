import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import { describeInTheWay, podName } from '../../kubernetes/agent/describe-pods.js'
import { hasEnded, selectorOf } from '../../kubernetes/agent/pod-facts.js'
import type { NodeAgentOptions } from '../node/context.js'
import { findInTheWay, listPods, readMachine } from '../node/look.js'
import type { StepOutcome } from '../node/outcome.js'
import { planRun } from './make-plan.js'

const againMs = 2000

/** Waits until the pods of paused clients are gone, and all others on what is to be destroyed. */
export async function waitForClients(
  options: NodeAgentOptions,
  record: AgentRecord,
): Promise<StepOutcome> {
  const labels = Object.keys(record.paused)
  const clients = (await listPods(options)).filter(
    (pod) => !hasEnded(pod) && labels.some((label) => selectorOf(pod)[label] !== undefined),
  )
  if (clients.length > 0) {
    const names = clients.map(({ metadata: { namespace = '', name = '' } }) =>
      podName({ namespace, name }),
    )
    return waiting(`clients of the GPUs are still there: ${names.join(', ')}`)
  }
  if (record.drains) return { kind: 'done', step: 'pause' }
  const view = await readMachine(options)
  const found = await findInTheWay(options, view, await planRun(options, record))
  return found.pods.length === 0 && found.others.length === 0
    ? { kind: 'done', step: 'pause' }
    : waiting(describeInTheWay(found))
}

function waiting(reason: string): StepOutcome {
  return { kind: 'waiting', step: 'pause', reason, retryMs: againMs }
}
