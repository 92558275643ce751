import type { DriverOptions } from '../../../types/machine/options.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import type { MigState } from '../../../types/model/state.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { resolveLibrary, rootOf } from '../../driver/connection/open-library.js'
import { strategies } from '../../kubernetes/check-options.js'
import { checkStrategy } from '../../kubernetes/check-strategy.js'
import { nodeLabels } from '../../kubernetes/node-labels.js'
import { applyConfig } from '../../machine/apply.js'
import { readMachineStatus } from '../../machine/read.js'
import { readBoardName } from '../../system/board-name.js'
import { readConfig } from '../parse/config-input.js'
import { readingOptions } from '../parse/machine.js'
import { choiceOf, given } from '../parse/option-values.js'
import { addOption, configOptions, gpuOption, machineOptions } from '../parse/options.js'
import {
  type OptionTable,
  type OptionValues,
  type Terminal,
  UsageError,
  type Verb,
} from '../parse/verb.js'

/** Without their variables: a plan is shown only where the command line asks for it. */
const planInput: OptionTable = Object.fromEntries(
  Object.entries({ ...configOptions, ...gpuOption, ...addOption }).map(([name, option]) => {
    const { env: _, ...rest } = option
    return [name, rest]
  }),
)

export const labelsVerb: Verb = {
  usage: '--strategy STRATEGY [--plan (-f FILE [-c NAME] | --gpu GPU PROFILE[=COUNT] …)] [options]',
  options: {
    strategy: {
      type: 'string',
      value: 'STRATEGY',
      choices: strategies,
      help: 'how the device plugin shows MIG devices',
    },
    plan: { type: 'boolean', help: 'show the labels after an apply, and change nothing' },
    ...planInput,
    ...machineOptions,
  },
  positionals: true,
  async run(values, terminal, words) {
    const strategy = choiceOf(values, 'strategy', strategies)
    if (strategy === undefined) throw new UsageError('--strategy is missing')
    const config = await readPlanned(values, terminal, words)
    const driver = readingOptions(values, terminal)
    const { state, plan, cudaVersion } = await readNode(config, driver)
    const root = rootOf(resolveLibrary(driver.library))
    const options = { strategy, ...given('plan', plan) }
    const { labels, dropped } = nodeLabels(state, {
      ...options,
      ...given('cudaVersion', cudaVersion ?? undefined),
      ...given('machine', root === null ? undefined : (readBoardName(root) ?? undefined)),
    })
    const problems = checkStrategy(state, options)
    if (values['json'] === true) {
      terminal.out(`${JSON.stringify({ labels, dropped, problems }, null, 2)}\n`)
    } else {
      for (const [name, value] of Object.entries(labels)) terminal.out(`${name}=${value}\n`)
      for (const { severity, message } of problems) terminal.err(`${severity}: ${message}\n`)
    }
    return problems.some(({ severity }) => severity === 'invalid') ? 1 : 0
  },
}

interface Node {
  readonly state: MigState
  readonly plan: MigPlan | undefined
  readonly cudaVersion: string | null
}

/** The configuration whose plan is shown; undefined without `--plan`. */
async function readPlanned(
  values: OptionValues,
  terminal: Terminal,
  words: readonly string[],
): Promise<SelectedConfig | undefined> {
  if (values['plan'] === true) return readConfig(values, terminal, words)
  const unused = Object.keys(planInput).find((name) => values[name] !== undefined)
  if (unused !== undefined) throw new UsageError(`--${unused} needs --plan`)
  if (words.length > 0) throw new UsageError(`unexpected argument '${words[0]}'`)
  return undefined
}

async function readNode(config: SelectedConfig | undefined, options: DriverOptions): Promise<Node> {
  if (config === undefined) return { plan: undefined, ...(await readMachineStatus(options)) }
  const { before, plan } = await applyConfig(config, { ...options, dryRun: true })
  const { cudaVersion } = await readMachineStatus(options)
  return { state: before, plan, cudaVersion }
}
