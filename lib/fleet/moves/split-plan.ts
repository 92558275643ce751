import type {
  FleetPlan,
  FleetPlanInstance,
  FleetStage,
  SplitFleetPlanOptions,
} from '../../../types/fleet/moves.js'
import type { TargetGpuInstance } from '../../../types/machine/plan.js'
import { copyPlain } from '../../model/copy-plain.js'
import { isSameInstance } from '../../model/placement.js'
import { requireList, requireObject } from '../model/check-form.js'
import { checkFleetOptions } from '../model/option-rules.js'
import { numberStages } from '../model/plan-stages.js'
import { configureEach } from './node-config.js'

/**
 * Splits a plan into stages. Each says what its GPUs have to become, as targets and as configurations for
 * `applyMigConfig` on each node. Within a stage nothing waits for anything; users of a moved instance
 * change over between stages.
 */
export function splitFleetPlan(
  given: FleetPlan,
  givenOptions: SplitFleetPlanOptions = {},
): readonly FleetStage[] {
  requireObject(given, ['plan'])
  const plan = copyPlain(given)
  const options = copyPlain(givenOptions)
  checkFleetOptions('splitFleetPlan', options)
  for (const part of ['steps', 'gpus'] as const) {
    requireList(plan[part], ['plan', part])
    for (const [index, each] of plan[part].entries()) requireObject(each, ['plan', part, index])
  }
  const { selectorOf = (gpu) => gpu } = options
  const stageOf = numberStages(plan)
  const now = new Map(plan.gpus.map((gpu) => [gpu.gpu, gpu.before]))
  const nodeOf = new Map(plan.gpus.map((gpu) => [gpu.gpu, gpu.node]))
  const count = stageOf.reduce((most, stage) => Math.max(most, stage + 1), 0)
  return Array.from({ length: count }, (_unused, stage) => {
    const steps = [...plan.steps.keys()].filter((step) => stageOf[step] === stage)
    const changed = new Set<string>()
    for (const number of steps) {
      const step = plan.steps[number]
      if (step === undefined) continue
      changed.add(step.gpu)
      const all = now.get(step.gpu) ?? []
      const isTaken = step.kind === 'create' && step.idle === true
      const layout = isTaken ? all.filter((each) => !isSameInstance(each, step.instance)) : all
      now.set(
        step.gpu,
        step.kind === 'create'
          ? [...layout, step.instance]
          : layout.filter((each) => !isSameInstance(each, step.instance)),
      )
    }
    const gpus = plan.gpus
      .filter(({ gpu }) => changed.has(gpu))
      .map(({ gpu }) => ({
        gpu,
        node: nodeOf.get(gpu) ?? null,
        target: {
          migEnabled: true,
          gpuInstances: sorted(now.get(gpu) ?? []).map(toTarget),
        },
      }))
    const configured = gpus.map(({ gpu, node }) => ({
      gpu,
      node,
      instances: sorted(now.get(gpu) ?? []),
    }))
    return { steps, gpus, nodes: configureEach(configured, 'fleet-plan', selectorOf) }
  })
}

function toTarget({
  profileId,
  profileName,
  sliceCount,
  placement,
}: FleetPlanInstance): TargetGpuInstance {
  const whole = { name: profileName, sliceCount, placement: null }
  return { profileId, profileName, placement, computeInstances: [whole] }
}

function sorted(instances: readonly FleetPlanInstance[]): readonly FleetPlanInstance[] {
  return [...instances].sort(
    (a, b) => a.placement.start - b.placement.start || a.profileId - b.profileId,
  )
}
