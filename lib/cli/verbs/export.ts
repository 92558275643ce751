import { exportState } from '../../machine/export.js'
import { readMigState } from '../../machine/read.js'
import { formatGpus } from '../../model/gpu-text.js'
import { isListed } from '../../model/unlisted.js'
import { readingOptions } from '../driver-options.js'
import { given, textOf } from '../option-values.js'
import { formatOption, machineOptions } from '../options.js'
import { formatDocument, isJson } from '../output-format.js'
import type { Verb } from '../verb.js'

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
    const state = await readMigState(readingOptions(values, terminal))
    const document = exportState(state, {
      ...given('name', textOf(values, 'config-label')),
      placements: values['placements'] === true,
    })
    const unlisted = state.gpus.filter((gpu) => !isListed(gpu))
    if (unlisted.length > 0)
      terminal.err(
        `warning: ${formatGpus(unlisted)}: without mig/config, GPU instances without a compute instance cannot be seen; they are not in this document\n`,
      )
    terminal.out(formatDocument(document, values))
    return 0
  },
}
