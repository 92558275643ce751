import type { PlanStep } from '../../../types/machine/plan.js'
import { onOff } from '../../model/mode-text.js'
import { formatPlacement } from '../../model/placement.js'

/** What the undo of a step has done: `GPU 0: made GPU instance 3g.20gb at 4:4 again`. */
export function undoneText(step: PlanStep): string {
  return `GPU ${step.gpuIndex}: ${describe(step)}`
}

function describe(step: PlanStep): string {
  switch (step.kind) {
    case 'set-mig-mode':
      return `turned MIG mode ${onOff(!step.enabled)} again`
    case 'create-gpu-instance':
      return `removed the new GPU instance ${step.profileName} at ${formatPlacement(step.placement)}`
    case 'destroy-gpu-instance':
      return `made GPU instance ${step.profileName} at ${formatPlacement(step.placement)} again`
    case 'create-compute-instance':
      return `removed the new compute instance ${step.name} ${inside(step)}`
    case 'destroy-compute-instance':
      return `made compute instance ${step.name} ${inside(step)} again`
    default:
      return step satisfies never
  }
}

function inside({
  gpuInstancePlacement,
}: Extract<PlanStep, { readonly gpuInstancePlacement: unknown }>): string {
  return `in the GPU instance at ${formatPlacement(gpuInstancePlacement)}`
}
