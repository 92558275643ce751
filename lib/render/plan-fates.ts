import type { PlanStep } from '../../types/machine/plan.js'
import type { GpuInstance } from '../../types/model/state.js'
import { isSamePlace } from '../model/placement.js'

/** What a plan does to an instance; `change`: some of what is in it. */
export type Fate = 'keep' | 'change' | 'destroy' | 'create'

/** Absent in a picture of how things are. */
export interface Fates {
  readonly gpuInstance: (instance: GpuInstance) => Fate
  readonly computeInstance: (instance: GpuInstance, position: number) => Fate
}

export type Signs = Readonly<Record<Fate, string>>

/** As in a plan that is printed. */
export const signs: Signs = {
  keep: '=',
  change: '~',
  destroy: '−',
  create: '+',
}

/** What each sign means, for the line below a picture. */
export function fateWords({ keep, change, destroy, create }: Signs): readonly string[] {
  return [`${keep} stays`, `${change} stays, changed inside`, `${destroy} goes`, `${create} comes`]
}

/** The label of an instance with the sign of its fate: close by where there is no room for a space. */
export function labelOf(
  { label, fate }: { readonly label: string; readonly fate?: Fate },
  use: Signs,
  fits: (text: string) => boolean,
): string {
  if (fate === undefined) return label
  const text = `${use[fate]} ${label}`
  return fits(text) ? text : `${use[fate]}${label}`
}

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
