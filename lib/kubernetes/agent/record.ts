import type { AgentRecord, AgentState, AgentStep } from '../../../types/kubernetes/agent.js'
import { isPlainObject } from '../../model/checks/find-fault.js'
import { wordsOf } from '../../model/checks/kinds.js'

const version = 'mig-nvml/agent/v1'

const steps: readonly AgentStep[] = wordsOf<AgentStep>({
  idle: true,
  validate: true,
  plan: true,
  fence: true,
  evict: true,
  pause: true,
  reboot: true,
  apply: true,
  verify: true,
  publish: true,
  resume: true,
  await: true,
  unfence: true,
  'roll-back': true,
})

/** The record of a node on which no agent has ever run. */
export const noRecord: AgentRecord = {
  version,
  run: 0,
  config: null,
  digest: null,
  step: 'idle',
  state: null,
  reason: null,
  runSince: null,
  stepSince: null,
  fenced: false,
  pausing: false,
  paused: {},
  evicting: false,
  evicted: [],
  drains: false,
  changed: false,
  rebootedFrom: null,
  failing: null,
  attempts: 0,
  retryAt: null,
  plan: null,
  history: [],
}

/** Reads the annotation. Null: it is not one of ours, for example because another program has damaged it. */
export function parseRecord(text: string): AgentRecord | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!isPlainObject(value) || Reflect.get(value, 'version') !== version) return null
  const record: AgentRecord = { ...noRecord, ...(value as Partial<AgentRecord>) }
  return isWhole(record) ? record : null
}

/** Only what decisions rest on is checked; the rest is for people. */
function isWhole(record: AgentRecord): boolean {
  const states: readonly (AgentState | null)[] = ['pending', 'rebooting', 'success', 'failed', null]
  const flags = ['fenced', 'pausing', 'evicting', 'drains', 'changed'] as const
  const texts = ['config', 'digest', 'runSince', 'stepSince', 'retryAt', 'rebootedFrom'] as const
  return (
    steps.includes(record.step) &&
    states.includes(record.state) &&
    flags.every((name) => typeof record[name] === 'boolean') &&
    texts.every((name) => record[name] === null || typeof record[name] === 'string') &&
    [record.runSince, record.stepSince, record.retryAt].every(isTime) &&
    Number.isSafeInteger(record.run) &&
    Number.isSafeInteger(record.attempts) &&
    isPlainObject(record.paused) &&
    Object.values(record.paused).every((label) => typeof label === 'string') &&
    Array.isArray(record.evicted) &&
    Array.isArray(record.history) &&
    (record.failing === null || isPlainObject(record.failing)) &&
    // A run has a configuration and a beginning.
    (record.step === 'idle' || (record.config !== null && record.runSince !== null))
  )
}

function isTime(text: string | null): boolean {
  return text === null || Number.isFinite(Date.parse(text))
}

export function formatRecord(record: AgentRecord): string {
  return JSON.stringify(record)
}
