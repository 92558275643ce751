import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { NodeAgentOptions } from './context.js'

const shortestMs = 100
const longestMs = 2000

/**
 * The pause before another look at what ends or comes by itself: a quarter of the time that the step has taken. So a look is late by
 * a quarter of the wait at most, and a long wait takes few calls of the API server.
 */
export function soonMs(
  { clock }: Pick<NodeAgentOptions, 'clock'>,
  { stepSince }: Pick<AgentRecord, 'stepSince'>,
): number {
  const now = clock.now()
  const taken = stepSince === null ? 0 : now - Date.parse(stepSince)
  return Math.round(Math.min(longestMs, Math.max(shortestMs, taken / 4)))
}
