import { planMigConfig } from '../apply/plan.js'
import { formatPlan } from '../plan/index.js'
import { configOptions, driverOptions, readConfig } from './options.js'
import type { Verb } from './verb.js'

export const planVerb: Verb = {
  summary: 'Show what an apply would do, and touch nothing.',
  usage: '-f FILE [-c NAME] [--json] [--library PATH | --simulate SPEC]',
  options: configOptions,
  async run(values, terminal) {
    const { text, ...select } = await readConfig(values, terminal)
    const plan = await planMigConfig(text, { ...select, ...driverOptions(values, terminal) })
    terminal.out(
      values['json'] === true ? `${JSON.stringify(plan, null, 2)}\n` : `${formatPlan(plan)}\n`,
    )
    return 0
  },
}
