import type { PlanStep } from '../../types/plan.js'
import type { GpuInstance } from '../../types/state.js'
import { isSamePlace } from '../model/placement.js'
import type { Fates } from './svg-gpu.js'

/** What becomes of the instances that are there. */
export function fatesBefore(steps: readonly PlanStep[]): Fates {
  const goes = ({ id }: GpuInstance): boolean =>
    steps.some((step) => step.kind === 'destroy-gpu-instance' && step.gpuInstanceId === id)
  return {
    gpuInstance: (instance) =>
      goes(instance) ? 'destroy' : isChanged(instance, steps) ? 'change' : 'keep',
    computeInstance(instance, position) {
      const part = instance.computeInstances[position]
      return steps.some(
        (step) =>
          step.kind === 'destroy-compute-instance' &&
          step.gpuInstanceId === instance.id &&
          step.computeInstanceId === part?.id,
      )
        ? 'destroy'
        : 'keep'
    },
  }
}

/** How the instances that will be there come to be. */
export function fatesAfter(steps: readonly PlanStep[]): Fates {
  const comes = ({ placement }: GpuInstance): boolean =>
    steps.some(
      (step) => step.kind === 'create-gpu-instance' && isSamePlace(step.placement, placement),
    )
  return {
    gpuInstance: (instance) =>
      comes(instance) ? 'create' : isChanged(instance, steps) ? 'change' : 'keep',
    computeInstance(instance, position) {
      const part = instance.computeInstances[position]
      return steps.some(
        (step) =>
          step.kind === 'create-compute-instance' &&
          isSamePlace(step.gpuInstancePlacement, instance.placement) &&
          step.name === part?.name &&
          (step.placement === null || isSamePlace(step.placement, part.placement)),
      )
        ? 'create'
        : 'keep'
    },
  }
}

function isChanged({ placement }: GpuInstance, steps: readonly PlanStep[]): boolean {
  return steps.some(
    (step) =>
      (step.kind === 'create-compute-instance' || step.kind === 'destroy-compute-instance') &&
      isSamePlace(step.gpuInstancePlacement, placement),
  )
}
