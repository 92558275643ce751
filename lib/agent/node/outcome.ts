import type { AgentEvent, AgentStep } from '../../../types/kubernetes/agent.js'
import { isMigError, toError } from '../../errors.js'

/** An event without its time, which the loop adds. */
export type StepOutcome = AgentEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'now'>
    : never
  : never

/** Errors that the same configuration on the same machine meets again. */
const finalCodes: ReadonlySet<string> = new Set([
  'MIG_CONFIG_INVALID',
  'MIG_CONFIG_NOT_FOUND',
  'MIG_CONFIG_CONFLICT',
  'MIG_ENTRY_MATCHES_NO_GPU',
  'MIG_NOT_SUPPORTED',
  'MIG_PROFILE_UNKNOWN',
  'MIG_PARTITION_INFEASIBLE',
  'MIG_GEOMETRY_UNKNOWN',
  'MIG_STRATEGY_INVALID',
  'MIG_RESET_REQUIRED',
  'MIG_PACKAGE_MISSING',
])

/** Calls to the cluster and to the kubelet that succeed later without any change here. */
const elsewhereCodes: ReadonlySet<string> = new Set([
  'MIG_CLUSTER_UNAVAILABLE',
  'MIG_CLUSTER_CONFLICT',
  'MIG_KUBELET_UNAVAILABLE',
])

const elsewhereMs = 5000

/** What an error of a step means for the run. */
export function outcomeOf(step: AgentStep, thrown: unknown): StepOutcome {
  const error = toError(thrown)
  const code = isMigError(error) ? error.code : ''
  // Nothing is wrong with the machine or its configuration: the step is performed again.
  if (elsewhereCodes.has(code))
    return { kind: 'waiting', step, reason: error.message, retryMs: elsewhereMs }
  const hint = isMigError(error) && error.hint !== undefined ? ` (${error.hint})` : ''
  return { kind: 'failed', step, reason: `${error.message}${hint}`, final: finalCodes.has(code) }
}
