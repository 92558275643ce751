import type { CompletedApply } from '../../../types/machine/report.js'
import { toError } from '../../errors.js'
import { applyMigConfig } from '../../machine/apply.js'
import { runSettings } from '../apply-options.js'
import { createApplyPrinter } from '../apply-printer.js'
import { readConfig } from '../config-input.js'
import { driverOptions } from '../driver-options.js'
import { textOf } from '../option-values.js'
import { configOptions, machineOptions, planOptions, runOptions, svgOption } from '../options.js'
import { printMachine } from '../print-machine.js'
import { printPlan } from '../print-plan.js'
import { svgFile, writeReportSvg } from '../svg-file.js'
import type { OptionValues, Terminal, Verb } from '../verb.js'

export const applyVerb: Verb = {
  summary: 'Make the machine as a configuration wants it; what fails is undone.',
  usage: '-f FILE [-c NAME] [options]',
  options: { ...configOptions, ...planOptions, ...runOptions, ...svgOption, ...machineOptions },
  async run(values, terminal) {
    const svg = await svgFile(values)
    const { text, select } = await readConfig(values, terminal)
    const settings = await runSettings(values, terminal, {
      MIG_PARTED_CONFIG_FILE: textOf(values, 'config-file'),
    })
    const printer = createApplyPrinter(values, terminal)
    const report = await printer.around((onEvent) =>
      applyMigConfig(text, {
        ...select,
        ...settings,
        ...driverOptions(values, terminal),
        onEvent,
      }),
    )
    // The change is made: a picture that cannot be written must not hide the report of it.
    const unwritten = await writeReportSvg(svg, report).catch(toError)
    if (unwritten instanceof Error && values['json'] === true)
      throw Object.assign(unwritten, { report })
    printReport(report, values, terminal, 'MIG configuration applied successfully')
    if (unwritten instanceof Error) throw unwritten
    return 0
  },
}

/** How an apply or a restore ended that did not fail. */
export function printReport(
  report: CompletedApply,
  values: OptionValues,
  terminal: Terminal,
  success: string,
): void {
  if (values['json'] === true) {
    terminal.out(`${JSON.stringify(report, null, 2)}\n`)
    return
  }
  if (report.outcome === 'planned') {
    printPlan(report, terminal)
    return
  }
  printMachine(report.after, terminal)
  for (const { gpuIndex, modeStatus, rebootRequired } of report.gpus) {
    const what = rebootRequired ? 'a reboot of the machine' : 'a reset of this GPU'
    if (modeStatus === 'pending')
      terminal.out(`GPU ${gpuIndex}: the MIG mode is pending: it takes ${what}\n`)
  }
  terminal.out(
    report.outcome === 'unchanged'
      ? 'Nothing to do: the machine already is as wanted.\n'
      : `Applied and verified in ${report.durationMs.toFixed(0)} ms.\n`,
  )
  terminal.out(`${success}\n`)
}
