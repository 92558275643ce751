import { applyMigConfig } from '../../machine/apply.js'
import { planSettings } from '../apply-options.js'
import { readConfig } from '../config-input.js'
import { readingOptions } from '../driver-options.js'
import { configOptions, machineOptions, planOptions, svgOption } from '../options.js'
import { printPlan } from '../print-plan.js'
import { svgFile, writeReportSvg } from '../svg-file.js'
import type { Verb } from '../verb.js'

export const planVerb: Verb = {
  summary: 'Show what an apply would do, and why; touch nothing.',
  usage: '-f FILE [-c NAME] [options]',
  options: { ...configOptions, ...planOptions, ...svgOption, ...machineOptions },
  async run(values, terminal) {
    const svg = await svgFile(values)
    const { text, select } = await readConfig(values, terminal)
    // A dry run, because it tells how the machine is, too: the picture needs both, of one moment.
    const report = await applyMigConfig(text, {
      ...select,
      ...planSettings(values),
      ...readingOptions(values, terminal),
      dryRun: true,
    })
    await writeReportSvg(svg, report)
    if (values['json'] === true) terminal.out(`${JSON.stringify(report.plan, null, 2)}\n`)
    else printPlan(report, terminal)
    return 0
  },
}
