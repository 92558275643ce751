import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import { MigError } from '../../errors.js'
import { applyMigConfig } from '../../machine/apply.js'
import { readConfigurations } from '../node/configuration.js'
import { driverOf, type NodeAgentOptions } from '../node/context.js'
import type { StepOutcome } from '../node/outcome.js'

const againMs = 60_000

/** Requests the MIG modes, and then a reboot; once. The boot id in the record shows whether it has happened. */
export async function rebootOnce(
  options: NodeAgentOptions,
  { rebootedFrom, config }: AgentRecord,
): Promise<StepOutcome> {
  const { matching = 'lenient', readBootId, reboot } = options
  const bootId = readBootId()
  if (bootId === null || reboot === undefined)
    throw new MigError(
      'MIG_REBOOT_REQUIRED',
      'the node has to be rebooted, and this agent cannot recognise or request a reboot',
    )
  if (rebootedFrom === null) return { kind: 'rebooting', bootId }
  if (rebootedFrom !== bootId) return { kind: 'done', step: 'reboot' }
  await applyMigConfig(await readConfigurations(options), {
    ...driverOf(options),
    config: config ?? '',
    matching,
    modeOnly: true,
    skipReset: true,
  })
  await reboot()
  return {
    kind: 'waiting',
    step: 'reboot',
    reason: 'the node is about to reboot',
    retryMs: againMs,
  }
}
