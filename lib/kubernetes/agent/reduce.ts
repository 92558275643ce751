import type {
  AgentAction,
  AgentDecision,
  AgentEvent,
  AgentRecord,
  AgentSettings,
} from '../../../types/kubernetes/agent.js'
import { fail, goBack, leave, rollBackAgainAt } from './fail.js'
import { beginRun, type Change, enter, succeed } from './run.js'
import { defaultSettings } from './settings.js'
import { waitOn } from './wait.js'

/**
 * What an agent does after an event. Pure: the same record and event always give the same decision. Write the record to the
 * node, and then perform the action: an agent that is killed in between finds the record, and goes on with `started`.
 */
export function reduceAgent(
  record: AgentRecord,
  event: AgentEvent,
  settings: AgentSettings = {},
): AgentDecision {
  const all = { ...defaultSettings, ...settings }
  const change = changeOf(record, event, all)
  const next = change ?? { record, announce: [] }
  return { ...next, action: actionOf(next.record, event) }
}

/** Null: the event changes nothing. */
function changeOf(
  record: AgentRecord,
  event: AgentEvent,
  settings: Required<AgentSettings>,
): Change | null {
  const { now } = event
  switch (event.kind) {
    case 'started':
      return null
    case 'wanted':
      return meetWish(record, event, settings)
    case 'drifted':
      // A run mends it anyhow; a failed one is repeated when its time comes.
      return record.step === 'idle' && record.state === 'success' && record.config !== null
        ? {
            record: beginRun(record, { config: record.config, digest: record.digest }, now),
            announce: [{ type: 'Warning', reason: 'MigLayoutChanged', message: event.reason }],
          }
        : null
    case 'time':
      return repeatFailed(record, now)
    case 'planned': {
      if (record.step !== 'plan') return null
      const planned = { ...record, plan: event.plan }
      if (event.plan.changes.length === 0) return plain(enter(planned, 'verify', now))
      if (settings.dryRun)
        return plain({ ...enter(planned, 'idle', now), state: null, reason: 'this is a dry run' })
      return plain(enter({ ...planned, state: 'pending', fenced: true }, 'fence', now))
    }
    case 'done':
      return record.step === event.step ? goOn(record, settings, now) : null
    case 'waiting':
      return record.step === event.step ? waitOn(record, event, settings) : null
    case 'evictions-allowed':
      return record.step === 'evict' ? plain({ ...record, evicting: true }) : null
    case 'in-the-way':
      return record.step === 'apply'
        ? plain({ ...enter(record, 'evict', now), evicting: false, reason: event.reason })
        : null
    case 'reboot-required':
      return record.step === 'apply' ? preferReboot(record, event.reason, settings, now) : null
    case 'rebooting':
      return record.step === 'reboot'
        ? plain({ ...record, rebootedFrom: event.bootId, state: 'rebooting' })
        : null
    case 'failed':
      return record.step === event.step
        ? fail(
            record,
            { step: event.step, reason: event.reason, final: event.final },
            settings,
            now,
          )
        : null
    default:
      return event satisfies never
  }
}

/** The step after one that is complete. */
function goOn(record: AgentRecord, settings: Required<AgentSettings>, now: number): Change {
  if (record.failing !== null) return goBack(record, record.step, settings, now)
  switch (record.step) {
    case 'validate':
      return plain(enter(record, 'plan', now))
    case 'fence':
      return plain(enter(record, 'evict', now))
    case 'evict':
      return plain(enter({ ...record, evicting: false, pausing: true }, 'pause', now))
    case 'pause':
      return record.drains && record.rebootedFrom === null
        ? plain(enter(record, 'reboot', now))
        : plain(enter({ ...record, changed: true }, 'apply', now))
    case 'reboot':
      return plain(enter({ ...record, state: 'pending', drains: false }, 'plan', now))
    case 'apply':
      return plain(enter(record, 'verify', now))
    case 'verify':
      return plain(enter(record, 'publish', now))
    case 'publish':
      return plain(leave(enter(record, 'resume', now)))
    case 'resume':
      return plain(
        record.changed ? enter(record, 'await', now) : leave(enter(record, 'unfence', now)),
      )
    case 'await':
      return plain(leave(enter(record, 'unfence', now)))
    case 'unfence':
      return succeed(record, now)
    default:
      return plain(record)
  }
}

/** The label or its configuration has changed, or the agent has learnt of them. */
function meetWish(
  record: AgentRecord,
  { config, digest, now }: Extract<AgentEvent, { kind: 'wanted' }>,
  { dryRun }: Required<AgentSettings>,
): Change | null {
  if (config === null) return null
  const isSame = record.config === config && record.digest === digest
  if (record.step === 'idle') {
    const isSettled =
      record.state === 'success' || record.state === 'failed' || (dryRun && record.plan !== null)
    return isSame && isSettled ? null : plain(beginRun(record, { config, digest }, now))
  }
  // The way back and a reboot come to their end first.
  if (isSame || record.failing !== null || record.step === 'reboot') return null
  return plain(beginRun(record, { config, digest }, now))
}

function repeatFailed(record: AgentRecord, now: number): Change | null {
  const { step, state, retryAt, config, digest } = record
  if (step !== 'idle' || state !== 'failed' || retryAt === null || config === null) return null
  return Date.parse(retryAt) <= now ? plain(beginRun(record, { config, digest }, now)) : null
}

/** One reboot in a run, if any: one that did not help is not repeated. */
function preferReboot(
  record: AgentRecord,
  reason: string,
  settings: Required<AgentSettings>,
  now: number,
): Change {
  const failing = (text: string): Change =>
    fail(record, { step: 'apply', reason: text, final: true }, settings, now)
  if (!settings.reboot) return failing(reason)
  if (record.rebootedFrom !== null) return failing(`${reason}, also after a reboot`)
  return plain({ ...enter(record, 'evict', now), evicting: false, drains: true, reason })
}

function actionOf(record: AgentRecord, event: AgentEvent): AgentAction {
  const { step, retryAt } = record
  if (step === 'idle') return { kind: 'wait', until: retryAt === null ? null : Date.parse(retryAt) }
  if (event.kind === 'waiting' && event.step === step)
    return { kind: 'wait', until: event.now + event.retryMs }
  const until = event.kind === 'failed' ? rollBackAgainAt(record, event.now) : null
  return until === null ? { kind: 'perform', step } : { kind: 'wait', until }
}

function plain(record: AgentRecord): Change {
  return { record, announce: [] }
}
