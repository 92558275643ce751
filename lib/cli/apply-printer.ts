import type { ApplyEvent } from '../../types/machine/events.js'
import type { GpuUuid } from '../../types/model/state.js'
import { describeEvent } from './describe-event.js'
import { createProgressLine } from './progress-line.js'
import type { OptionValues, Terminal } from './verb.js'

const stopping =
  'stopping: the call that runs is awaited, then what was done is undone; a second signal ends this process at once and leaves GPUs half-made, for mig-nvml recover'

export interface ApplyPrinter {
  /** Runs an apply, and tells what it does meanwhile. */
  around<T>(apply: (onEvent: (event: ApplyEvent) => void) => Promise<T>): Promise<T>
}

/**
 * What an apply does, as it does it: a line for each step; on a terminal one line that shows how far it
 * is, which makes room for whatever went wrong. With `--json` nothing, since the report has it all.
 */
export function createApplyPrinter(values: OptionValues, terminal: Terminal): ApplyPrinter {
  if (values['json'] === true) return { around: (apply) => apply(() => {}) }
  const debug = values['debug'] === true
  const progress = terminal.live && !debug ? createProgressLine(terminal) : null

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

  // A driver may take long to come back, and a person waits for an answer.
  function onStop(): void {
    progress?.clear()
    terminal.err(`${stopping}\n`)
  }

  return {
    async around(apply) {
      terminal.signal.addEventListener('abort', onStop, { once: true })
      try {
        return await apply(onEvent)
      } finally {
        terminal.signal.removeEventListener('abort', onStop)
        progress?.clear()
      }
    },
  }
}
