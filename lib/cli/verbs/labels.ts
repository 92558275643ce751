import { resolveLibrary, rootOf } from '../../driver/connection/open-library.js'
import { strategies } from '../../kubernetes/check-options.js'
import { checkStrategy } from '../../kubernetes/check-strategy.js'
import { nodeLabels } from '../../kubernetes/node-labels.js'
import { readBoardName } from '../../system/board-name.js'
import { readingOptions } from '../parse/machine.js'
import { choiceOf, given } from '../parse/option-values.js'
import { machineOptions } from '../parse/options.js'
import { UsageError, type Verb } from '../parse/verb.js'
import { plannedOptions, plannedUsage, readNode, readPlanned } from './planned-node.js'

export const labelsVerb: Verb = {
  usage: `--strategy STRATEGY ${plannedUsage} [options]`,
  options: {
    strategy: {
      type: 'string',
      value: 'STRATEGY',
      choices: strategies,
      help: 'how the device plugin shows MIG devices',
    },
    ...plannedOptions('labels'),
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
