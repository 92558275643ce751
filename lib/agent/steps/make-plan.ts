import type { AgentNode, AgentPlan, AgentRecord } from '../../../types/kubernetes/agent.js'
import type { MigStrategy } from '../../../types/kubernetes/strategy.js'
import type { MigPlan, PlanStep } from '../../../types/machine/plan.js'
import type { MigState } from '../../../types/model/state.js'
import { strategies } from '../../kubernetes/check-options.js'
import { resourceNames } from '../../kubernetes/resource-names.js'
import { onOff } from '../../model/mode-text.js'
import { type NodeAgentOptions, nodeName } from '../node/context.js'
import { refuseEvictions } from '../node/eviction-rule.js'
import { findInTheWay, lookAtNode, planRun } from '../node/look.js'
import type { StepOutcome } from '../node/outcome.js'
import { slicesFor } from '../node/slices.js'

const mostLines = 50

/** What the run is about to do, for the reader of the annotation. */
export async function makePlan(
  options: NodeAgentOptions,
  record: AgentRecord,
): Promise<StepOutcome> {
  const view = await lookAtNode(options)
  const plan = await planRun(options, record, view)
  const { pods } = findInTheWay(view, plan)
  const refused = await refuseEvictions(options, record, pods)
  if (refused !== null) return refused
  const shown: AgentPlan = {
    changes: plan.gpus.flatMap(({ steps }) => steps.flatMap(describeStep)).slice(0, mostLines),
    ...(await describeAdvertised(options, view.state, plan)),
    pods: pods.slice(0, mostLines),
  }
  return { kind: 'planned', plan: shown }
}

/** What pods can have of the node after the plan. Throws for a layout that it could not advertise. */
async function describeAdvertised(
  options: NodeAgentOptions,
  state: MigState,
  plan: MigPlan,
): Promise<Pick<AgentPlan, 'resources' | 'devices'>> {
  const { draDriver, cluster, signal } = options
  if (draDriver !== undefined) {
    const slices = slicesFor(options, draDriver, state, plan)
    const devices = slices.flatMap(({ spec }) => spec.devices ?? []).map(({ name }) => name)
    return { resources: {}, devices: devices.slice(0, mostLines) }
  }
  const strategy = strategyOf(options, await cluster.get(nodeName(options), { signal }))
  return { resources: strategy === null ? {} : countResources(state, strategy, plan) }
}

/** Null: it is not known how the node shows its devices, so there is nothing to wait for. */
export function strategyOf(
  { strategy }: Pick<NodeAgentOptions, 'strategy'>,
  node: AgentNode | null,
): MigStrategy | null {
  if (strategy !== undefined) return strategy
  const label = node?.metadata.labels?.['nvidia.com/mig.strategy']
  return strategies.find((each) => each === label) ?? null
}

/** Throws `MIG_STRATEGY_INVALID` for a layout with which the device plugin does not start. */
export function countResources(
  state: MigState,
  strategy: MigStrategy,
  plan?: MigPlan,
): Readonly<Record<string, number>> {
  const resources = resourceNames(state, { strategy, ...(plan === undefined ? {} : { plan }) })
  return Object.fromEntries(
    Object.entries(resources).map(([name, devices]) => [name, devices.length]),
  )
}

/** Compute instances that fill their GPU instance come and go with it. */
function describeStep(step: PlanStep): readonly string[] {
  const where = `GPU ${step.gpuIndex}`
  switch (step.kind) {
    case 'set-mig-mode':
      return [`${where}: turn MIG ${onOff(step.enabled)}`]
    case 'create-gpu-instance':
      return [`${where}: create ${step.profileName} at ${step.placement.start}`]
    case 'destroy-gpu-instance':
      return [`${where}: destroy ${step.profileName} at ${step.placement.start}`]
    case 'create-compute-instance':
      return step.name.includes('c.')
        ? [`${where}: create ${step.name} in the instance at ${step.gpuInstancePlacement.start}`]
        : []
    case 'destroy-compute-instance':
      return step.name.includes('c.')
        ? [`${where}: destroy ${step.name} in the instance at ${step.gpuInstancePlacement.start}`]
        : []
    default:
      return step satisfies never
  }
}
