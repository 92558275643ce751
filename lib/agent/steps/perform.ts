import type { AgentRecord, AgentStep } from '../../../types/kubernetes/agent.js'
import type { NodeAgentOptions } from '../node/context.js'
import { outcomeOf, type StepOutcome } from '../node/outcome.js'
import { awaitAdvertised, publish, verify } from './after.js'
import { applyLayout } from './apply.js'
import { evictPods } from './evict.js'
import { makePlan } from './make-plan.js'
import { waitForClients } from './pause.js'
import { rebootOnce } from './reboot.js'
import { rollBack } from './roll-back.js'
import { validate } from './validate.js'

type Performer = (options: NodeAgentOptions, record: AgentRecord) => Promise<StepOutcome>

/** The steps that do something beside writing the record, which brings the taint and the labels with it. */
const performers: Readonly<Partial<Record<AgentStep, Performer>>> = {
  validate,
  plan: makePlan,
  evict: evictPods,
  pause: waitForClients,
  reboot: rebootOnce,
  apply: applyLayout,
  verify,
  publish,
  await: awaitAdvertised,
  'roll-back': rollBack,
}

/** Performs a step. It rejects only when the agent is stopped. */
export async function perform(
  options: NodeAgentOptions,
  record: AgentRecord,
): Promise<StepOutcome> {
  const { step } = record
  try {
    return (await performers[step]?.(options, record)) ?? { kind: 'done', step }
  } catch (error) {
    if (options.signal.aborted) throw error
    return outcomeOf(step, error)
  }
}
