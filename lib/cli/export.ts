import { exportMigConfig } from '../apply/export.js'
import { formatConfigYaml } from '../config/index.js'
import { driverOptions, machineOptions } from './options.js'
import type { Verb } from './verb.js'

export const exportVerb: Verb = {
  summary: 'Print the machine as it is as a configuration file.',
  usage: '[-c NAME] [--json] [--library PATH | --simulate SPEC]',
  options: { config: { type: 'string', short: 'c' }, ...machineOptions },
  async run(values, terminal) {
    const name = values['config']
    const document = await exportMigConfig({
      ...driverOptions(values, terminal),
      ...(typeof name === 'string' ? { name } : {}),
    })
    terminal.out(
      values['json'] === true
        ? `${JSON.stringify(document, null, 2)}\n`
        : formatConfigYaml(document),
    )
    return 0
  },
}
