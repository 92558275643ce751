import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import { readInput } from '../../config/document/read-input.js'
import { findOtherOwner } from '../../kubernetes/agent/other-owner.js'
import { readConfigurations } from '../node/configuration.js'
import type { NodeAgentOptions } from '../node/context.js'
import { listPods } from '../node/look.js'
import type { StepOutcome } from '../node/outcome.js'
import { listSlices } from '../node/slices.js'

const ownerMs = 30_000

/** Nothing is touched beside another owner of the node, or for a name or a document that makes no sense. */
export async function validate(
  options: NodeAgentOptions,
  { config }: AgentRecord,
): Promise<StepOutcome> {
  const owner = findOtherOwner(await listPods(options))
  if (owner !== null) return { kind: 'waiting', step: 'validate', reason: owner, retryMs: ownerMs }
  const { matching = 'lenient', draDriver } = options
  await readInput(await readConfigurations(options, config), { config: config ?? '', matching })
  // An account that may not read what is awaited at the end is found before anything is touched.
  if (draDriver !== undefined) await listSlices(options, draDriver)
  return { kind: 'done', step: 'validate' }
}
