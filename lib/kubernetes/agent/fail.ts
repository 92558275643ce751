import type { AgentFailure, AgentRecord, AgentSettings } from '../../../types/kubernetes/agent.js'
import { type Change, endFailed, enter } from './run.js'

const mostRollBacks = 3
const rollBackPauseMs = 10_000

/** A step failed: the run goes back from where it is. */
export function fail(
  record: AgentRecord,
  failure: AgentFailure,
  settings: Required<AgentSettings>,
  now: number,
): Change {
  if (record.failing !== null) return failAgain(record, record.failing, failure, settings, now)
  const failing: AgentRecord = { ...record, failing: failure, evicting: false, drains: false }
  const first = record.changed
    ? 'roll-back'
    : record.pausing
      ? 'resume'
      : record.fenced
        ? 'unfence'
        : null
  if (first === null) return endFailed(failing, failure, settings, now)
  return { record: leave(enter(failing, first, now)), announce: [] }
}

/** A step of the way back failed. Nothing may keep the node paused and fenced, so after some attempts it goes on. */
function failAgain(
  record: AgentRecord,
  first: AgentFailure,
  failure: AgentFailure,
  settings: Required<AgentSettings>,
  now: number,
): Change {
  const reason = `${first.reason}; then ${failure.reason}`
  if (failure.step === 'roll-back') {
    const tries = rollBacksOf(record) + 1
    if (tries < mostRollBacks && !failure.final)
      return {
        record: {
          ...record,
          reason: `attempt ${tries} to bring back the layout failed: ${failure.reason}`,
        },
        announce: [],
      }
  }
  return goBack({ ...record, failing: { ...first, reason } }, failure.step, settings, now)
}

/** How often the step has been tried is in its reason, since nothing else needs it. */
function rollBacksOf({ step, reason }: AgentRecord): number {
  const [, count = '0'] = /^attempt (\d+) to bring back/.exec(reason ?? '') ?? []
  return step === 'roll-back' ? Number(count) : 0
}

/** When a failed attempt to bring back the layout is repeated. */
export function rollBackAgainAt(record: AgentRecord, now: number): number | null {
  return rollBacksOf(record) > 0 ? now + rollBackPauseMs : null
}

/** The next step of the way back. */
export function goBack(
  record: AgentRecord,
  done: AgentRecord['step'],
  settings: Required<AgentSettings>,
  now: number,
): Change {
  const failure = record.failing
  if (failure === null) return { record, announce: [] }
  switch (done) {
    case 'roll-back':
      return { record: enter({ ...record, changed: false }, 'publish', now), announce: [] }
    case 'publish':
      if (record.pausing || Object.keys(record.paused).length > 0)
        return { record: leave(enter(record, 'resume', now)), announce: [] }
      return { record: leave(enter(record, 'unfence', now)), announce: [] }
    case 'resume':
      return { record: leave(enter(record, 'unfence', now)), announce: [] }
    default:
      return endFailed(record, failure, settings, now)
  }
}

/** What the node loses with the step: the pause of clients, or the taint. */
export function leave(record: AgentRecord): AgentRecord {
  if (record.step === 'resume') return { ...record, pausing: false }
  if (record.step === 'unfence') return { ...record, pausing: false, fenced: false }
  return record
}
