import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import { MigError } from '../../errors.js'
import { applyMigConfig } from '../../machine/apply.js'
import { restoreMig } from '../../machine/restore.js'
import { checkpointFile, keepLayout, readKept } from '../node/checkpoint.js'
import { readConfigurations } from '../node/configuration.js'
import { driverOf, type NodeAgentOptions } from '../node/context.js'
import { lookAtNode, planRun } from '../node/look.js'
import type { StepOutcome } from '../node/outcome.js'

const againMs = 60_000

/** Requests the MIG modes, and then a reboot; once. The boot id in the record shows whether it has happened. */
export async function rebootOnce(
  options: NodeAgentOptions,
  record: AgentRecord,
): Promise<StepOutcome> {
  const { rebootedFrom, config } = record
  const { matching = 'lenient', readBootId, reboot } = options
  const bootId = readBootId()
  if (bootId === null || reboot === undefined)
    throw new MigError(
      'MIG_REBOOT_REQUIRED',
      'the node has to be rebooted, and this agent cannot recognise or request a reboot',
    )
  if (rebootedFrom === null) return { kind: 'rebooting', bootId }
  if (rebootedFrom !== bootId) {
    await bringBackOthers(options, record)
    return { kind: 'done', step: 'reboot' }
  }
  const { state } = await lookAtNode(options)
  await keepLayout(options, record, state, new Set(state.gpus.map(({ uuid }) => uuid)))
  await applyMigConfig(await readConfigurations(options, config), {
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

/** The reboot has taken the layouts of all GPUs. Those that the configuration names get a new one, and the others their own. */
async function bringBackOthers(options: NodeAgentOptions, record: AgentRecord): Promise<void> {
  const kept = readKept(checkpointFile(options, record))
  if (kept === null) return
  const { clients, reset, resetTimeoutMs } = options
  const view = await lookAtNode(options)
  const named = new Set((await planRun(options, record, view)).gpus.map(({ gpu }) => gpu))
  const there = new Set(view.state.gpus.map(({ uuid }) => uuid))
  const gpus = kept.gpus.filter(({ uuid }) => there.has(uuid) && !named.has(uuid))
  if (gpus.length === 0) return
  await restoreMig(
    { ...kept, gpus },
    {
      ...driverOf(options),
      ...(clients === undefined ? {} : { clients }),
      ...(reset === undefined ? {} : { reset }),
      ...(resetTimeoutMs === undefined ? {} : { resetTimeoutMs }),
    },
  )
}
