import type { DriverOptions } from '../../../types/machine/options.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { assertConfig } from '../../machine/assert.js'
import { readConfig } from '../parse/config-input.js'
import { readingOptions } from '../parse/machine.js'
import { configOptions, gpuOption, machineOptions, modeOption } from '../parse/options.js'
import type { ExitStatus, OptionValues, Terminal, Verb } from '../parse/verb.js'

export const assertVerb: Verb = {
  usage: '(-f FILE [-c NAME] | --gpu GPU PROFILE[=COUNT] …) [options]',
  options: {
    ...configOptions,
    ...gpuOption,
    ...modeOption,
    'valid-config': {
      type: 'boolean',
      short: 'a',
      env: 'MIG_PARTED_VALID_CONFIG',
      help: 'check only whether the configuration is valid; needs no driver',
    },
    ...machineOptions,
  },
  positionals: true,
  async run(values, terminal, words) {
    const config = await readConfig(values, terminal, words)
    return values['valid-config'] === true
      ? assertValid(config, values, terminal)
      : assertMachine(config, values, terminal)
  },
}

/** A configuration that could be read is valid. */
function assertValid(
  { name }: SelectedConfig,
  values: OptionValues,
  { out }: Terminal,
): ExitStatus {
  out(
    values['json'] === true
      ? `${JSON.stringify({ valid: true, config: name }, null, 2)}\n`
      : 'Selected MIG configuration is valid\n',
  )
  return 0
}

async function assertMachine(
  config: SelectedConfig,
  values: OptionValues,
  terminal: Terminal,
): Promise<ExitStatus> {
  const options = readingOptions(values, terminal)
  const assert = (): Promise<ExitStatus> => assertThroughDriver(config, values, terminal, options)
  if (values['mode-only'] !== true) return assert()
  const { assertPciModes, orWithoutDriver } = await import('./without-driver.js')
  const context = { values, terminal, library: options.library }
  return orWithoutDriver(context, assert, () => assertPciModes(context, config))
}

async function assertThroughDriver(
  config: SelectedConfig,
  values: OptionValues,
  terminal: Terminal,
  options: DriverOptions,
): Promise<ExitStatus> {
  const modeOnly = values['mode-only'] === true
  const report = await assertConfig(config, { ...options, modeOnly })
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
