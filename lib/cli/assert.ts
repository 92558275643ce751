import { assertMigConfig } from '../apply/assert.js'
import { configOptions, driverOptions, readConfig } from './options.js'
import type { Verb } from './verb.js'

export const assertVerb: Verb = {
  summary: 'Say whether the machine is as a configuration wants it.',
  usage: '-f FILE [-c NAME] [--json] [--library PATH | --simulate SPEC]',
  options: configOptions,
  async run(values, terminal) {
    const { text, ...select } = await readConfig(values, terminal)
    const report = await assertMigConfig(text, { ...select, ...driverOptions(values, terminal) })
    if (values['json'] === true) {
      terminal.out(`${JSON.stringify(report, null, 2)}\n`)
    } else {
      for (const gpu of report.gpus) {
        for (const difference of gpu.differences)
          terminal.out(`GPU ${gpu.gpuIndex}: ${difference}\n`)
      }
      terminal.out(
        report.matches ? 'The machine is as wanted.\n' : 'The machine is not as wanted.\n',
      )
    }
    return report.matches ? 0 : 1
  },
}
