import { applyMigConfig } from '../../machine/apply.js'
import { readingOptions } from '../parse/machine.js'
import { configOptions, machineOptions, planOptions, svgOption } from '../parse/options.js'
import { planSettings, readConfig } from '../parse/settings.js'
import type { Verb } from '../parse/verb.js'
import { printPlan, printWarnings, svgFile, writeReportSvg } from '../print/machine.js'

export const planVerb: Verb = {
  usage: '-f FILE [-c NAME] [options]',
  options: { ...configOptions, ...planOptions, ...svgOption, ...machineOptions },
  async run(values, terminal) {
    const svg = await svgFile(values)
    const { text, select } = await readConfig(values, terminal)
    // A dry run also reports the current state. The picture needs state and plan of the same moment.
    const report = await applyMigConfig(text, {
      ...select,
      ...planSettings(values),
      ...readingOptions(values, terminal),
      dryRun: true,
    })
    await writeReportSvg(svg, report)
    if (values['json'] === true) {
      terminal.out(`${JSON.stringify(report.plan, null, 2)}\n`)
      return 0
    }
    printWarnings(report.plan, terminal)
    printPlan(report, terminal)
    return 0
  },
}
