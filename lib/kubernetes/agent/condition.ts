import type { AgentRecord, AgentStep } from '../../../types/kubernetes/agent.js'
import { conditionType } from './names.js'

/** A condition of a node, without its times. */
export interface MigCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  /** One word in CamelCase. */
  readonly reason: string
  readonly message: string
}

/** The longest message that is of use in a table. */
const longest = 1024

/** What `kubectl describe node` shows of a record. */
export function conditionOf(record: AgentRecord): MigCondition {
  const { config, reason } = record
  const name = config === null ? 'no MIG configuration' : `the MIG configuration "${config}"`
  if (record.step !== 'idle') {
    const what =
      record.failing === null ? doing(record.step) : `going back: ${record.failing.reason}`
    return {
      type: conditionType,
      status: 'False',
      reason: record.failing === null ? wordOf(record.step) : 'RollingBack',
      message: cut(`${name}: ${what}${reason === null ? '' : `: ${reason}`}`),
    }
  }
  if (record.state === 'success')
    return {
      type: conditionType,
      status: 'True',
      reason: 'Applied',
      message: cut(`${name} is in effect`),
    }
  if (record.state === 'failed')
    return {
      type: conditionType,
      status: 'False',
      reason: 'Failed',
      message: cut(`${name} failed: ${reason}`),
    }
  return { type: conditionType, status: 'Unknown', reason: 'Idle', message: cut(reason ?? name) }
}

const doings: Readonly<Record<Exclude<AgentStep, 'idle'>, string>> = {
  validate: 'checking',
  plan: 'planning',
  fence: 'keeping new pods away',
  evict: 'waiting for the pods in the way',
  pause: 'waiting for the clients of the GPUs to go',
  reboot: 'rebooting',
  apply: 'changing the layout',
  verify: 'comparing the machine',
  publish: 'writing the CDI specification',
  resume: 'letting the clients come back',
  await: 'waiting until the node advertises its devices',
  unfence: 'letting new pods come',
  'roll-back': 'bringing back the layout',
}

function doing(step: AgentStep): string {
  return step === 'idle' ? 'idle' : doings[step]
}

/** `roll-back` → `RollBack` */
function wordOf(step: AgentStep): string {
  return step.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}
