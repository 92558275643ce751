import type { MigConfigDocument } from '../../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../../types/config/mig-nvml-config.js'
import { exportState } from '../../machine/export.js'
import { readMigState } from '../../machine/read.js'
import { formatGpus } from '../../model/gpu-text.js'
import { isListed } from '../../model/unlisted.js'
import { readingOptions } from '../parse/machine.js'
import { choiceOf, given, textOf } from '../parse/option-values.js'
import { formatOption, formats, machineOptions } from '../parse/options.js'
import type { OptionValues, Verb } from '../parse/verb.js'

export const exportVerb: Verb = {
  usage: '[-l LABEL] [-o yaml|json] [--placements] [options]',
  options: {
    ...formatOption,
    'config-label': {
      type: 'string',
      short: 'l',
      env: 'MIG_PARTED_CONFIG_LABEL',
      value: 'LABEL',
      help: 'the name of the configuration (default: current)',
    },
    placements: {
      type: 'boolean',
      help: 'include the placement of every instance (version mig-nvml/v1)',
    },
    ...machineOptions,
  },
  async run(values, terminal) {
    const state = await readMigState(readingOptions(values, terminal))
    const document = exportState(state, {
      ...given('name', textOf(values, 'config-label')),
      placements: values['placements'] === true,
    })
    const unlisted = state.gpus.filter((gpu) => !isListed(gpu))
    if (unlisted.length > 0)
      terminal.err(
        `warning: ${formatGpus(unlisted)}: GPU instances without a compute instance are missing in this document, because the driver lists them only with mig/config\n`,
      )
    terminal.out(await formatDocument(document, values))
    return 0
  },
}

/** A document in the format of `-o`; `--json` is short for `-o json`. */
export async function formatDocument(
  document: MigConfigDocument | MigNvmlConfigDocument,
  values: OptionValues,
): Promise<string> {
  if (isJson(values)) return `${JSON.stringify(document, null, 2)}\n`
  const { formatConfigYaml } = await import('../../config/export/format.js')
  return formatConfigYaml(document)
}

function isJson(values: OptionValues): boolean {
  const format = choiceOf(values, 'output-format', formats)
  return values['json'] === true || format === 'json'
}
