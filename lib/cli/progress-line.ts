import type { ApplyEvent } from '../../types/machine/events.js'
import { stepText } from './describe-event.js'
import type { Terminal } from './verb.js'

const barWidth = 24
export const eraseLine = '\r\u001b[2K'

export interface ProgressLine {
  show(event: ApplyEvent): void
  /** Before anything else is written. */
  clear(): void
}

/** How far an apply is, in the last line of a terminal. */
export function createProgressLine({ err, columns, unicode }: Terminal): ProgressLine {
  const { filled, empty } = unicode ? { filled: '█', empty: '░' } : { filled: '#', empty: '.' }
  let [done, total] = [0, 0]
  let isShown = false

  function draw(text: string): void {
    const share = total === 0 ? 0 : done / total
    const full = Math.round(share * barWidth)
    const bar = `${filled.repeat(full)}${empty.repeat(barWidth - full)}`
    const line = `${bar} ${done}/${total}  ${text}`
    err(`${eraseLine}${line.slice(0, Math.max(1, columns - 1))}`)
    isShown = true
  }

  return {
    show(event) {
      if (event.kind === 'planned')
        total = event.plan.gpus.reduce((sum, { steps }) => sum + steps.length, 0)
      if (event.kind === 'replanned') total += event.plan.steps.length - event.replaces.length
      if (event.kind === 'step-done') done += 1
      if (event.kind === 'step-undone') done = Math.max(0, done - 1)
      const text = textOf(event)
      if (text !== null) draw(text)
    },
    clear() {
      if (isShown) err(eraseLine)
      isShown = false
    },
  }
}

function textOf(event: ApplyEvent): string | null {
  switch (event.kind) {
    case 'step-started':
    case 'step-done':
    case 'step-undone':
      return stepText(event.step)
    case 'reset-started':
      return `GPU ${event.gpuIndex}: resetting`
    case 'hook-started':
      return `hook ${event.hook.point}: ${event.hook.name}`
    default:
      return null
  }
}
