import type { RecoveredGpu } from '../../../types/machine/report.js'
import { directions } from '../../machine/operation/option-rules.js'
import { recoverMig } from '../../machine/recover.js'
import { driverOptions } from '../parse/machine.js'
import { choiceOf, given } from '../parse/option-values.js'
import { machineOptions, resetOptions } from '../parse/options.js'
import { resetSettings } from '../parse/settings.js'
import type { Verb } from '../parse/verb.js'
import { createApplyPrinter } from '../print/apply-printer.js'
import { describeRecovered } from '../print/describe-event.js'

export const recoverVerb: Verb = {
  usage: '[--direction undo|finish] [options]',
  options: {
    direction: {
      type: 'string',
      value: 'HOW',
      choices: directions,
      fallback: 'undo',
      help: 'where to bring a GPU from the interrupted apply',
    },
    ...resetOptions,
    ...machineOptions,
  },
  async run(values, terminal) {
    const options = {
      ...given('direction', choiceOf(values, 'direction', directions)),
      ...resetSettings(values),
      ...driverOptions(values, terminal),
    }
    const report = await createApplyPrinter(values, terminal, 'recovery').around((onEvent) =>
      // The outcome of each GPU is printed at the end.
      recoverMig({
        ...options,
        onEvent: (event) => {
          if (event.kind !== 'recovered') onEvent(event)
        },
      }),
    )
    if (values['json'] === true) terminal.out(`${JSON.stringify(report, null, 2)}\n`)
    else if (report.recovered.length === 0 && report.clients.length === 0)
      terminal.out('Nothing to recover.\n')
    else {
      for (const gpu of inOrder(report.recovered)) terminal.out(`${describeRecovered(gpu)}\n`)
      for (const { kind, name } of report.clients) terminal.out(`started the ${kind} ${name}\n`)
    }
    return report.recovered.some(({ outcome }) => outcome === 'kept') ? 1 : 0
  },
}

/** By index; GPUs that are gone come last. */
function inOrder(gpus: readonly RecoveredGpu[]): readonly RecoveredGpu[] {
  const place = ({ gpuIndex }: RecoveredGpu): number => gpuIndex ?? Number.MAX_SAFE_INTEGER
  return gpus.toSorted((a, b) => place(a) - place(b))
}
