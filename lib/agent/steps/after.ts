import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import { describeMissing } from '../../kubernetes/agent/advertised.js'
import { describeUnpublished } from '../../kubernetes/agent/published.js'
import { assertMigConfig } from '../../machine/assert.js'
import { keepingCommon } from '../../machine/cdi/spec-file.js'
import { writeCdiSpec } from '../../machine/cdi.js'
import { readMigState } from '../../machine/read.js'
import { readConfigurations } from '../node/configuration.js'
import { driverOf, type NodeAgentOptions, nodeName } from '../node/context.js'
import type { StepOutcome } from '../node/outcome.js'
import { listSlices, slicesFor } from '../node/slices.js'
import { soonMs } from '../node/soon.js'
import { countResources, strategyOf } from './make-plan.js'

const againMs = 2000

/** How the machine differs from its configuration, in words; empty: it does not. */
export async function compareMachine(
  options: NodeAgentOptions,
  { config }: Pick<AgentRecord, 'config'>,
): Promise<readonly string[]> {
  const { matching = 'lenient' } = options
  const { gpus } = await assertMigConfig(await readConfigurations(options, config), {
    ...driverOf(options),
    config: config ?? '',
    matching,
  })
  return gpus
    .filter(({ matches }) => matches === false)
    .map(({ gpuIndex, differences }) => `GPU ${gpuIndex}: ${differences.join(', ')}`)
}

export async function verify(options: NodeAgentOptions, record: AgentRecord): Promise<StepOutcome> {
  const differences = await compareMachine(options, record)
  if (differences.length === 0) return { kind: 'done', step: 'verify' }
  const reason = `the machine is not as configured: ${differences.join('; ')}`
  return { kind: 'failed', step: 'verify', reason, final: false }
}

/** Also on the way back: the file describes what is there. What it has for every container is kept. */
export async function publish(options: NodeAgentOptions): Promise<StepOutcome> {
  const { cdi } = options
  if (cdi !== undefined) await writeCdiSpec({ ...driverOf(options), ...keepingCommon(cdi) })
  return { kind: 'done', step: 'publish' }
}

/** Waits until pods can have what the machine has. */
export async function awaitAdvertised(
  options: NodeAgentOptions,
  record: AgentRecord,
): Promise<StepOutcome> {
  const { draDriver } = options
  const missing =
    draDriver === undefined
      ? await findMissingResources(options)
      : await findUnpublished(options, draDriver)
  if (missing === null) return { kind: 'done', step: 'await' }
  // A change of the node's resources ends the wait; slices are not watched.
  const retryMs = draDriver === undefined ? againMs : soonMs(options, record)
  return { kind: 'waiting', step: 'await', reason: missing, retryMs }
}

async function findMissingResources(options: NodeAgentOptions): Promise<string | null> {
  const node = await options.cluster.get(nodeName(options), { signal: options.signal })
  const strategy = strategyOf(options, node)
  if (node === null || strategy === null) return null
  return describeMissing(node, countResources(await readMigState(driverOf(options)), strategy))
}

async function findUnpublished(options: NodeAgentOptions, driver: string): Promise<string | null> {
  const found = await listSlices(options, driver)
  const expected = slicesFor(options, driver, await readMigState(driverOf(options)))
  return describeUnpublished(found, expected, driver)
}
