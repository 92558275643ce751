import type {
  AgentAnnouncement,
  AgentFailure,
  AgentHistoryEntry,
  AgentRecord,
  AgentSettings,
  AgentStep,
} from '../../../types/kubernetes/agent.js'
import { backOff } from './settings.js'

const longestHistory = 10

/** A record that has changed, and what people should know of it. */
export interface Change {
  readonly record: AgentRecord
  readonly announce: readonly AgentAnnouncement[]
}

export function timeText(now: number): string {
  return new Date(now).toISOString()
}

/** A step begins. */
export function enter(record: AgentRecord, step: AgentStep, now: number): AgentRecord {
  if (record.step === step) return record
  return { ...record, step, stepSince: timeText(now), reason: null }
}

/**
 * A run begins, or begins again with another configuration in its middle. Then what it has done to the node so far stays in
 * the record, because the way back still leads to before all of it.
 */
export function beginRun(
  record: AgentRecord,
  { config, digest }: { readonly config: string; readonly digest: string | null },
  now: number,
): AgentRecord {
  const isSame = record.config === config && record.digest === digest
  const isOver = record.step === 'idle'
  return {
    ...record,
    run: isOver ? record.run + 1 : record.run,
    config,
    digest,
    step: 'validate',
    reason: null,
    runSince: isOver ? timeText(now) : record.runSince,
    stepSince: timeText(now),
    evicting: false,
    drains: false,
    ...(isOver ? { evicted: [], rebootedFrom: null, changed: false } : {}),
    failing: null,
    attempts: isSame ? record.attempts : 0,
    retryAt: null,
    plan: null,
  }
}

/** The run succeeds. */
export function succeed(record: AgentRecord, now: number): Change {
  const entry = historyEntry(record, now, null)
  return {
    record: {
      ...settle(record, entry, now),
      state: 'success',
      reason: null,
      attempts: 0,
      retryAt: null,
    },
    announce: [
      {
        type: 'Normal',
        reason: 'MigConfigApplied',
        message: `The MIG configuration "${record.config}" is in effect${evictedText(record)}`,
      },
    ],
  }
}

/** A failed run has gone all the way back. */
export function endFailed(
  record: AgentRecord,
  failing: AgentFailure,
  settings: Required<AgentSettings>,
  now: number,
): Change {
  const attempts = record.attempts + 1
  const retryAt = failing.final ? null : timeText(now + backOff(attempts, settings))
  const entry = historyEntry(record, now, failing.reason)
  const next = retryAt === null ? 'until the label or the configuration changes' : retryAt
  return {
    record: {
      ...settle(record, entry, now),
      state: 'failed',
      reason: failing.reason,
      attempts,
      retryAt,
    },
    announce: [
      {
        type: 'Warning',
        reason: 'MigConfigFailed',
        message: `The MIG configuration "${record.config}" failed at the step "${failing.step}": ${failing.reason}. ${
          retryAt === null ? `It is not tried again ${next}` : `The next attempt is at ${next}`
        }`,
      },
    ],
  }
}

/** Nothing of the run is left on the node, or under way. */
function settle(record: AgentRecord, entry: AgentHistoryEntry, now: number): AgentRecord {
  return {
    ...record,
    step: 'idle',
    stepSince: timeText(now),
    fenced: false,
    pausing: false,
    evicting: false,
    drains: false,
    changed: false,
    rebootedFrom: null,
    failing: null,
    history: [entry, ...record.history].slice(0, longestHistory),
  }
}

function historyEntry(record: AgentRecord, now: number, reason: string | null): AgentHistoryEntry {
  const began = record.runSince === null ? now : Date.parse(record.runSince)
  return {
    endedAt: timeText(now),
    config: record.config ?? '',
    outcome: reason === null ? 'success' : 'failed',
    reason,
    durationSeconds: Math.max(0, Math.round((now - began) / 1000)),
    evicted: record.evicted,
  }
}

function evictedText({ evicted }: AgentRecord): string {
  if (evicted.length === 0) return ''
  return evicted.length === 1
    ? `; one pod was evicted: ${evicted[0]}`
    : `; ${evicted.length} pods were evicted: ${evicted.join(', ')}`
}
