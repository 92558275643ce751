import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { PodInTheWay } from '../../../types/kubernetes/agent-pods.js'
import { describeHeld, podName } from '../../kubernetes/agent/describe-pods.js'
import type { NodeAgentOptions } from './context.js'
import type { StepOutcome } from './outcome.js'
import { findOwnConfigs } from './own-configs.js'

/**
 * A configuration that stands on the node was made around its pods, and evicts only those that the node names. A pod that has come
 * since ends the run. Null: the run may go on.
 */
export async function refuseEvictions(
  options: NodeAgentOptions,
  { step, config }: Pick<AgentRecord, 'step' | 'config'>,
  pods: readonly PodInTheWay[],
): Promise<StepOutcome | null> {
  const staying = pods.filter(
    ({ fate }) => fate === 'evict' || fate === 'protected' || fate === 'static',
  )
  if (staying.length === 0) return null
  const own = await findOwnConfigs(options, config)
  const refused = own === null ? undefined : staying.find((pod) => !own.mayEvict(podName(pod)))
  if (refused === undefined) return null
  const reason = describeHeld(
    refused,
    'the configuration stands on the node, and may not evict this pod',
  )
  return { kind: 'failed', step, reason, final: true }
}
