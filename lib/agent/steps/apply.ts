import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import { isMigError, type MigError } from '../../errors.js'
import { describeInTheWay } from '../../kubernetes/agent/describe-pods.js'
import { heldUuids } from '../../kubernetes/agent/held-uuids.js'
import { applyMigConfig } from '../../machine/apply.js'
import { recoverMig } from '../../machine/recover.js'
import { keepLayout } from '../node/checkpoint.js'
import { readConfigurations } from '../node/configuration.js'
import { driverOf, type NodeAgentOptions } from '../node/context.js'
import { findInTheWay, lookAtNode, planRun } from '../node/look.js'
import type { StepOutcome } from '../node/outcome.js'

/** Changes the layout, where no pod is on what goes. */
export async function applyLayout(
  options: NodeAgentOptions,
  record: AgentRecord,
): Promise<StepOutcome> {
  const { matching = 'lenient', clients, reset, resetTimeoutMs } = options
  // What an agent that was killed has left half done.
  await recoverMig(driverOf(options))
  const view = await lookAtNode(options)
  const plan = await planRun(options, record, view)
  const found = findInTheWay(view, plan)
  if (found.pods.length > 0) return { kind: 'in-the-way', reason: describeInTheWay(found) }
  const changing = plan.gpus.filter(({ steps }) => steps.length > 0).map(({ gpu }) => gpu)
  await keepLayout(options, record, view.state, new Set(changing))
  const checked = destroyedKeys(plan)
  try {
    await applyMigConfig(await readConfigurations(options, record.config), {
      ...driverOf(options),
      config: record.config ?? '',
      matching,
      // The same plan as above, and a pod that has come since keeps what it has.
      inUse: heldUuids(view),
      ...(clients === undefined ? {} : { clients }),
      ...(reset === undefined ? {} : { reset }),
      ...(resetTimeoutMs === undefined ? {} : { resetTimeoutMs }),
      onEvent(event) {
        // The machine may have changed since the pods were compared with the plan.
        if (event.kind === 'planned') refuseUnchecked(event.plan, checked)
      },
    })
    return { kind: 'done', step: 'apply' }
  } catch (error) {
    if (error instanceof UncheckedError) return { kind: 'in-the-way', reason: error.message }
    if (needsReboot(error)) return { kind: 'reboot-required', reason: (error as Error).message }
    throw error
  }
}

class UncheckedError extends Error {}

/** Throws before the first step. */
function refuseUnchecked(plan: MigPlan, checked: ReadonlySet<string>): void {
  const unchecked = [...destroyedKeys(plan)].filter((key) => !checked.has(key))
  if (unchecked.length > 0)
    throw new UncheckedError('the machine has changed since its pods were compared with the plan')
}

function destroyedKeys({ gpus }: MigPlan): ReadonlySet<string> {
  return new Set(
    gpus.flatMap(({ gpu, steps }) =>
      steps.flatMap((step) => {
        if (step.kind === 'set-mig-mode') return [gpu]
        if (step.kind === 'destroy-gpu-instance') return [`${gpu}/${step.gpuInstanceId}`]
        if (step.kind === 'destroy-compute-instance')
          return [`${gpu}/${step.gpuInstanceId}/${step.computeInstanceId}`]
        return []
      }),
    ),
  )
}

function needsReboot(error: unknown): boolean {
  if (!isMigError(error)) return false
  const { code, report } = error as MigError
  return (
    code === 'MIG_REBOOT_REQUIRED' ||
    report?.gpus.some(({ rebootRequired }) => rebootRequired) === true
  )
}
