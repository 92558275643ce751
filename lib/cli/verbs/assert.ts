import { parseConfig } from '../../config/document/parse.js'
import { selectConfig } from '../../config/document/select.js'
import { assertMigConfig } from '../../machine/assert.js'
import { readingOptions } from '../parse/machine.js'
import { configOptions, machineOptions, modeOption } from '../parse/options.js'
import { type ConfigInput, readConfig } from '../parse/settings.js'
import type { ExitStatus, OptionValues, Terminal, Verb } from '../parse/verb.js'

export const assertVerb: Verb = {
  usage: '-f FILE [-c NAME] [options]',
  options: {
    ...configOptions,
    ...modeOption,
    'valid-config': {
      type: 'boolean',
      short: 'a',
      env: 'MIG_PARTED_VALID_CONFIG',
      help: 'check only whether the configuration is valid; needs no driver',
    },
    ...machineOptions,
  },
  async run(values, terminal) {
    const input = await readConfig(values, terminal)
    return values['valid-config'] === true
      ? assertValid(input, values, terminal)
      : assertMachine(input, values, terminal)
  },
}

/** Throws if the configuration is not valid. */
function assertValid(
  { text, select }: ConfigInput,
  values: OptionValues,
  { out }: Terminal,
): ExitStatus {
  const { name } = selectConfig(parseConfig(text, select), select.config)
  out(
    values['json'] === true
      ? `${JSON.stringify({ valid: true, config: name }, null, 2)}\n`
      : 'Selected MIG configuration is valid\n',
  )
  return 0
}

async function assertMachine(
  { text, select }: ConfigInput,
  values: OptionValues,
  terminal: Terminal,
): Promise<ExitStatus> {
  const modeOnly = values['mode-only'] === true
  const report = await assertMigConfig(text, {
    ...select,
    ...readingOptions(values, terminal),
    modeOnly,
  })
  const { matches, gpus } = report
  if (values['json'] === true) {
    terminal.out(`${JSON.stringify(report, null, 2)}\n`)
    return matches ? 0 : 1
  }
  for (const { gpuIndex, matches: isAsWanted, differences } of gpus) {
    for (const difference of differences) terminal.out(`GPU ${gpuIndex}: ${difference}\n`)
    if (isAsWanted === null)
      terminal.out(
        `GPU ${gpuIndex}: unknown: the driver lists its instances only with mig/config\n`,
      )
  }
  const subject = modeOnly ? 'MIG mode settings from configuration' : 'MIG configuration'
  terminal.out(
    matches ? `Selected ${subject} currently applied\n` : 'The machine does not match.\n',
  )
  return matches ? 0 : 1
}
