import type { PlanStep } from '../../types/machine/plan.js'
import type { GpuInstance } from '../../types/model/state.js'
import { isSamePlace } from '../model/placement.js'

/** What a plan does to an instance. `change`: some of its compute instances change. */
export type Fate = 'keep' | 'change' | 'destroy' | 'create'

/** Absent in a picture of the current state. */
export interface Fates {
  readonly gpuInstance: (instance: GpuInstance) => Fate
  readonly computeInstance: (instance: GpuInstance, position: number) => Fate
}

export type Signs = Readonly<Record<Fate, string>>

/** The same signs as in a printed plan. */
export const signs: Signs = {
  keep: '=',
  change: '~',
  destroy: '−',
  create: '+',
}

const fateMeanings: Readonly<Record<Fate, string>> = {
  keep: 'stays',
  change: 'stays, changed inside',
  destroy: 'goes',
  create: 'comes',
}

/** The meaning of each sign that these cells have, for the legend. */
export function fateWords(
  use: Signs,
  cells: readonly { readonly fate?: Fate }[],
): readonly string[] {
  return (Object.keys(fateMeanings) as Fate[])
    .filter((fate) => cells.some((cell) => cell.fate === fate))
    .map((fate) => `${use[fate]} ${fateMeanings[fate]}`)
}

/** The fates of the present instances. */
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

/** The fates of the instances after the plan: kept or created. */
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
