import type {
  AgentEvent,
  AgentRecord,
  AgentSettings,
  AgentStep,
} from '../../../types/kubernetes/agent.js'
import { fail } from './fail.js'
import { type Change, timeText } from './run.js'

const mostEvicted = 20

/** A step is not complete. One that has a limit fails when that is over. */
export function waitOn(
  record: AgentRecord,
  event: Extract<AgentEvent, { kind: 'waiting' }>,
  settings: Required<AgentSettings>,
): Change {
  const { step, reason, now, evicted = [] } = event
  // The node must not stay fenced or paused for as long as another owner is there.
  const isHeld = record.fenced || record.pausing || record.changed
  if (step === 'validate' && isHeld)
    return fail(record, { step, reason, final: false }, settings, now)
  const waiting: AgentRecord = {
    ...record,
    // Another owner of the node writes the label now.
    state: step === 'validate' ? null : record.state,
    reason,
    evicted: [...new Set([...record.evicted, ...evicted])].slice(0, mostEvicted),
  }
  const limit = limitOf(step, settings)
  const began = Date.parse(record.stepSince ?? timeText(now))
  if (now - began >= limit)
    return fail(
      waiting,
      {
        step,
        reason: `${reason}, for ${Math.round(limit / 1000)} s`,
        // What would be advertised the same way again is not worth another round of evictions.
        final: step === 'await',
      },
      settings,
      now,
    )
  const announce =
    record.reason === reason
      ? []
      : [{ type: 'Normal', reason: 'MigConfigWaiting', message: reason } as const]
  return { record: waiting, announce }
}

/** Steps without a limit of their own wait only for a cluster or a kubelet that does not answer. */
function limitOf(step: AgentStep, settings: Required<AgentSettings>): number {
  switch (step) {
    case 'validate':
      return Number.POSITIVE_INFINITY
    case 'pause':
      return settings.pauseMs
    case 'await':
      return settings.awaitMs
    case 'reboot':
      return settings.rebootMs
    default:
      return settings.evictMs
  }
}
