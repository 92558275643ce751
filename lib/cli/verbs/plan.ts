import { applyConfig } from '../../machine/apply.js'
import { readConfig } from '../parse/config-input.js'
import { readingOptions } from '../parse/machine.js'
import {
  addOption,
  configOptions,
  gpuOption,
  machineOptions,
  planOptions,
  svgOption,
} from '../parse/options.js'
import { planSettings } from '../parse/settings.js'
import type { Verb } from '../parse/verb.js'
import { printPlan, printWarnings, svgFile, writeReportSvg } from '../print/machine.js'

export const planVerb: Verb = {
  usage: '(-f FILE [-c NAME] | --gpu GPU [--add] PROFILE[=COUNT] …) [options]',
  options: {
    ...configOptions,
    ...gpuOption,
    ...addOption,
    ...planOptions,
    ...svgOption,
    ...machineOptions,
  },
  positionals: true,
  async run(values, terminal, words) {
    const svg = await svgFile(values)
    const config = await readConfig(values, terminal, words)
    // A dry run also reports the current state. The picture needs state and plan of the same moment.
    const report = await applyConfig(config, {
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
