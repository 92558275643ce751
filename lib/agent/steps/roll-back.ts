import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import { describeInTheWay } from '../../kubernetes/agent/describe-pods.js'
import { recoverMig } from '../../machine/recover.js'
import { restoreMig } from '../../machine/restore.js'
import { checkpointFile, readKept } from '../node/checkpoint.js'
import { driverOf, type NodeAgentOptions } from '../node/context.js'
import { findInTheWay, lookAtNode } from '../node/look.js'
import type { StepOutcome } from '../node/outcome.js'

/** Brings back the layout before the run, with every placement, unless pods have come to what would go. */
export async function rollBack(
  options: NodeAgentOptions,
  record: AgentRecord,
): Promise<StepOutcome> {
  const { clients, reset, resetTimeoutMs } = options
  const driver = driverOf(options)
  await recoverMig(driver)
  const kept = readKept(checkpointFile(options, record))
  if (kept === null) return { kind: 'done', step: 'roll-back' }
  const { plan } = await restoreMig(kept, { ...driver, dryRun: true })
  const found = findInTheWay(await lookAtNode(options), plan)
  if (found.pods.length > 0)
    return {
      kind: 'failed',
      step: 'roll-back',
      reason: `the layout before does not come back: ${describeInTheWay(found)}`,
      final: true,
    }
  await restoreMig(kept, {
    ...driver,
    ...(clients === undefined ? {} : { clients }),
    ...(reset === undefined ? {} : { reset }),
    ...(resetTimeoutMs === undefined ? {} : { resetTimeoutMs }),
  })
  return { kind: 'done', step: 'roll-back' }
}
