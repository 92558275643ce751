import type { ApplyEvent } from '../../../types/machine/events.js'
import type { HookIdentity } from '../../../types/machine/hooks.js'
import type { PlanStep } from '../../../types/machine/plan.js'
import type { RecoveredGpu } from '../../../types/machine/report.js'
import type { GpuUuid } from '../../../types/model/state.js'
import { formatStep } from '../../plan/text.js'
import { describeSlow } from '../parse/machine.js'
import { formatDuration } from './duration.js'
import { undoneText } from './undone-step.js'

export interface EventLine {
  readonly text: string
  /** Part of a normal run: no warning, failure or undo. */
  readonly routine: boolean
}

export interface EventContext {
  /** Whether every event gets a line. */
  readonly debug: boolean
  /** The name of a GPU for people. */
  readonly nameOf: (gpu: GpuUuid) => string
}

/** The line for an event; null if it gets none. */
export function describeEvent(
  event: ApplyEvent,
  { debug, nameOf }: EventContext,
): EventLine | null {
  switch (event.kind) {
    case 'waiting-for-lock':
      return special(
        `waiting for ${event.path}${event.holder === null ? '' : `, held by ${event.holder}`}`,
      )
    case 'planned': {
      const { warnings } = event.plan
      return warnings.length === 0
        ? null
        : special(warnings.map((warning) => `warning: ${warning}`).join('\n'))
    }
    case 'recovering':
      return special(
        `${nameOf(event.gpu)}: an apply of ${event.config} by ${event.by} was interrupted; cleaning up after it`,
      )
    case 'recovered':
      return special(describeRecovered(event.recovered))
    case 'reset-started':
      return routine(`GPU ${event.gpuIndex}: resetting`)
    case 'reset-done':
      return routine(`GPU ${event.gpuIndex}: reset`)
    case 'replanned':
      return special(
        `GPU ${event.plan.gpuIndex}: the driver lists other placements for compute instances; planned again`,
      )
    case 'step-started':
      return debug ? special(`starting: ${stepText(event.step)}`) : null
    case 'step-done':
      return routine(`${stepText(event.step)}  ${formatDuration(event.durationMs)}`)
    case 'step-failed':
      return special(`failed: ${stepText(event.step)}: ${event.error.message}`)
    case 'undo-started':
      return special(`undoing the changes of ${nameOf(event.gpu)}`)
    case 'step-undone':
      return special(undoneText(event.step))
    case 'slow':
      return special(describeSlow(event, event.step === null ? undefined : formatStep(event.step)))
    case 'hook-started':
      return debug ? special(`starting: ${hookText(event.hook)}`) : null
    case 'hook-output':
      return debug ? special(event.text.replace(/\n$/, '')) : null
    case 'hook-done':
      return routine(`${hookText(event.hook)}  ${formatDuration(event.durationMs)}`)
    case 'hook-failed':
      return special(`failed: ${event.error.message}`)
    case 'client-stopped':
      return special(`stopped the ${event.client.kind} ${event.client.name}`)
    case 'client-started':
      return special(`started the ${event.client.kind} ${event.client.name}`)
    case 'client-failed':
      return special(`failed: ${event.error.message}`)
    case 'verified':
      return debug ? special('verified') : null
    default:
      return event satisfies never
  }
}

/** The outcome for a GPU, and below it what the interrupted apply had left. */
export function describeRecovered({ gpu, gpuIndex, left, outcome, reason }: RecoveredGpu): string {
  const where = gpuIndex === null ? gpu : `GPU ${gpuIndex}`
  return [
    `${where}: ${outcome}${reason === null ? '' : `: ${reason}`}`,
    ...left.map((difference) => `  found: ${difference}`),
  ].join('\n')
}

function routine(text: string): EventLine {
  return { text, routine: true }
}

function special(text: string): EventLine {
  return { text, routine: false }
}

export function stepText(step: PlanStep): string {
  return `GPU ${step.gpuIndex}: ${formatStep(step)}`
}

function hookText({ point, name }: HookIdentity): string {
  return `hook ${point}: ${name}`
}
