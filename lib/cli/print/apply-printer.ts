import type { ApplyEvent } from '../../../types/machine/events.js'
import type { GpuUuid } from '../../../types/model/state.js'
import { sum } from '../../model/numbers.js'
import type { OptionValues, Terminal } from '../parse/verb.js'
import { describeEvent, stepText } from './describe-event.js'
import { type StopEffect, stoppingText } from './stopping.js'
import { eraseLine } from './terminal.js'
import { undoneText } from './undone-step.js'

export interface ApplyPrinter {
  /** Runs an apply and prints its progress. */
  around<T>(apply: (onEvent: (event: ApplyEvent) => void) => Promise<T>): Promise<T>
}

/**
 * Prints the progress of an apply: a line for each step, or on a terminal one line that is overwritten and
 * gives way to warnings and failures. With `--json` it prints only that a stop has begun, because the report has the
 * rest.
 */
export function createApplyPrinter(
  values: OptionValues,
  terminal: Terminal,
  stopEffect: StopEffect,
): ApplyPrinter {
  const json = values['json'] === true
  const debug = values['debug'] === true
  const progress = terminal.live && !debug && !json ? createProgressLine(terminal) : null

  const indexes = new Map<GpuUuid, number>()

  function nameOf(gpu: GpuUuid): string {
    const index = indexes.get(gpu)
    return index === undefined ? gpu : `GPU ${index}`
  }

  function onEvent(event: ApplyEvent): void {
    if (event.kind === 'planned')
      for (const { gpu, gpuIndex } of event.plan.gpus) indexes.set(gpu, gpuIndex)
    progress?.show(event)
    const line = describeEvent(event, { debug, nameOf })
    if (line === null || (line.routine && progress !== null)) return
    progress?.clear()
    const write = line.routine ? terminal.out : terminal.err
    write(`${line.text}\n`)
  }

  // The driver call may take long, and the user waits for an answer.
  function onStop(): void {
    progress?.clear()
    terminal.err(`${stoppingText(stopEffect, terminal.signal.reason)}\n`)
  }

  return {
    async around(apply) {
      terminal.signal.addEventListener('abort', onStop, { once: true })
      try {
        return await apply(json ? () => {} : onEvent)
      } finally {
        terminal.signal.removeEventListener('abort', onStop)
        progress?.clear()
      }
    },
  }
}

const barWidth = 24

interface ProgressLine {
  show(event: ApplyEvent): void
  /** Must be called before anything else is written. */
  clear(): void
}

/** A progress bar in the last line of a terminal. */
function createProgressLine({ err, columns, unicode }: Terminal): ProgressLine {
  const { filled, empty } = unicode ? { filled: '█', empty: '░' } : { filled: '#', empty: '.' }
  let done = 0
  let total = 0
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
      if (event.kind === 'planned') total = sum(event.plan.gpus.map(({ steps }) => steps.length))
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
      return stepText(event.step)
    case 'step-undone':
      return undoneText(event.step)
    case 'reset-started':
      return `GPU ${event.gpuIndex}: resetting`
    case 'hook-started':
      return `hook ${event.hook.point}: ${event.hook.name}`
    default:
      return null
  }
}
