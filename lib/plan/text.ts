import type { GpuPlan, MigPlan, PlanStep, TargetGpuInstance } from '../../types/machine/plan.js'
import type { Placement } from '../../types/model/geometry.js'
import { checkPlan } from '../model/check-state.js'
import { formatIndexRanges } from '../model/gpu-text.js'
import { groupBy } from '../model/group-by.js'
import { onOff } from '../model/mode-text.js'
import { sum } from '../model/numbers.js'
import { formatPlacement, isSamePlace } from '../model/placement.js'
import { visibleText } from '../model/visible-text.js'

/** A plan for people: what each GPU keeps, loses and gets. GPUs with equal changes share one block. */
export function formatPlan(plan: MigPlan): string {
  checkPlan('formatPlan', plan)
  const alike = groupBy(plan.gpus, (gpu) => formatGpu(gpu).join('\n'))
  const changed = plan.gpus.filter((gpu) => gpu.steps.length > 0)
  // The creation of a GPU instance is one line, with all of its compute instances.
  const changes = sum(changed.map((gpu) => formatGpu(gpu).filter(isChange).length))
  const summary =
    changes === 0
      ? 'nothing to do'
      : `${countWord(changes, 'change')} on ${changed.length} of ${countWord(plan.gpus.length, 'GPU')}`
  return [
    `${visibleText(plan.config)}: ${summary}`,
    ...[...alike.values()].flatMap((gpus) => {
      const [first] = gpus
      if (first === undefined) return []
      const lines = formatGpu(first)
      const where = `GPU ${formatIndexRanges(gpus.map((gpu) => gpu.gpuIndex))}`
      if (first.steps.length === 0) return [`${where}: nothing to do`]
      return [where, ...lines.map((line) => `  ${line}`)]
    }),
    ...plan.warnings.map((warning) => `warning: ${warning}`),
  ].join('\n')
}

/** One step as a command, without the GPU: `create GPU instance 3g.20gb at 4:4`. */
export function formatStep(step: PlanStep): string {
  switch (step.kind) {
    case 'set-mig-mode':
      return `turn MIG mode ${onOff(step.enabled)}`
    case 'create-gpu-instance':
      return `create GPU instance ${step.profileName} at ${formatPlacement(step.placement)}`
    case 'destroy-gpu-instance':
      return `destroy GPU instance ${step.gpuInstanceId} (${step.profileName} at ${formatPlacement(step.placement)})`
    case 'create-compute-instance':
      return `create compute instance ${step.name}${formatSlice(step.placement)} in the GPU instance at ${formatPlacement(step.gpuInstancePlacement)}`
    case 'destroy-compute-instance':
      return `destroy compute instance ${step.computeInstanceId} (${step.name}${formatSlice(step.placement)}) of GPU instance ${step.gpuInstanceId} at ${formatPlacement(step.gpuInstancePlacement)}`
    default:
      return step satisfies never
  }
}

function isChange(line: string): boolean {
  return /^ *[+-] /.test(line)
}

/** GPU instances in the order kept and changed, destroyed, created; each group in the order of places. */
function formatGpu({ steps, target }: GpuPlan): readonly string[] {
  const lines: string[] = []
  for (const step of steps) {
    if (step.kind === 'set-mig-mode' && step.enabled) lines.push('+ turn MIG mode on')
  }
  const created = steps.filter((step) => step.kind === 'create-gpu-instance')
  const isNew = ({ placement }: TargetGpuInstance): boolean =>
    created.some((step) => isSamePlace(step.placement, placement))
  for (const instance of byStart(target.gpuInstances)) {
    if (isNew(instance)) continue
    const changes = formatChanges(instance, steps)
    lines.push(`${changes.length === 0 ? '= keep' : '~ change'} ${formatInstance(instance)}`)
    lines.push(...changes.map((change) => `  ${change}`))
  }
  for (const step of byStart(steps.filter((each) => each.kind === 'destroy-gpu-instance'))) {
    const inside = steps.flatMap((each) =>
      each.kind === 'destroy-compute-instance' &&
      isSamePlace(each.gpuInstancePlacement, step.placement)
        ? [each.name]
        : [],
    )
    const text = formatInstance({ ...step, computeInstances: named(inside) })
    lines.push(`- destroy ${text}${formatReason(step)}`)
  }
  for (const instance of byStart(target.gpuInstances)) {
    const step = created.find(({ placement }) => isSamePlace(placement, instance.placement))
    if (step !== undefined) lines.push(`+ create ${formatInstance(instance)}${formatReason(step)}`)
  }
  for (const step of steps) {
    if (step.kind === 'set-mig-mode' && !step.enabled) lines.push('- turn MIG mode off')
  }
  return lines
}

/** What a GPU instance that stays loses and gets. */
function formatChanges(
  { placement }: TargetGpuInstance,
  steps: readonly PlanStep[],
): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind !== 'destroy-compute-instance' && step.kind !== 'create-compute-instance')
      return []
    if (!isSamePlace(step.gpuInstancePlacement, placement)) return []
    const verb = step.kind === 'create-compute-instance' ? '+ create' : '- destroy'
    return [`${verb} ${step.name}${formatSlice(step.placement)}${formatReason(step)}`]
  })
}

/** Empty for what is created because it is wanted. */
function formatReason({ kind, reason }: PlanStep): string {
  switch (reason?.kind) {
    case undefined:
    case 'wanted':
      return ''
    case 'not-wanted':
      return ' (not wanted)'
    case 'in-the-way': {
      const { name, placement } = reason.of
      return ` (in the way of ${name}${placement === null ? '' : ` at ${formatPlacement(placement)}`})`
    }
    case 'moved':
      return kind === 'create-gpu-instance' || kind === 'create-compute-instance'
        ? ` (moved from ${formatPlacement(reason.from)})`
        : ` (moved to ${formatPlacement(reason.to)})`
    default:
      return reason satisfies undefined
  }
}

function formatInstance(instance: {
  readonly profileName: string
  readonly placement: Placement
  readonly computeInstances: readonly { readonly name: string }[]
}): string {
  const text = `${instance.profileName} at ${formatPlacement(instance.placement)}`
  const names = instance.computeInstances.map(({ name }) => name)
  if (names.length === 0) return `${text}, bare`
  return names.join() === instance.profileName ? text : `${text} with ${names.join(', ')}`
}

function named(names: readonly string[]): readonly { readonly name: string }[] {
  return names.map((name) => ({ name }))
}

function byStart<T extends { readonly placement: Placement }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => a.placement.start - b.placement.start)
}

function formatSlice(placement: Placement | null): string {
  return placement === null ? '' : ` from slice ${placement.start}`
}

function countWord(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
