import { exportMigConfig } from '../apply/export.js'
import { readingOptions } from './driver-options.js'
import { given, textOf } from './option-values.js'
import { formatOption, machineOptions } from './options.js'
import { formatDocument, isJson } from './output-format.js'
import type { Verb } from './verb.js'

export const exportVerb: Verb = {
  summary: 'Print the machine as it is as a configuration file.',
  usage: '[-l LABEL] [-o yaml|json] [--placements] [options]',
  options: {
    ...formatOption,
    'config-label': {
      type: 'string',
      short: 'l',
      env: 'MIG_PARTED_CONFIG_LABEL',
      value: 'LABEL',
      help: "the configuration's name (default: current)",
    },
    placements: {
      type: 'boolean',
      help: 'with the place of every instance, in version mig-nvml/v1',
    },
    ...machineOptions,
  },
  async run(values, terminal) {
    isJson(values)
    const document = await exportMigConfig({
      ...readingOptions(values, terminal),
      ...given('name', textOf(values, 'config-label')),
      placements: values['placements'] === true,
    })
    terminal.out(formatDocument(document, values))
    return 0
  },
}
