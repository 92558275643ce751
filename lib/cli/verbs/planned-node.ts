import type { DriverOptions } from '../../../types/machine/options.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import type { MigState } from '../../../types/model/state.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { applyConfig } from '../../machine/apply.js'
import { readMachineStatus } from '../../machine/read.js'
import { readConfig } from '../parse/config-input.js'
import { addOption, configOptions, gpuOption } from '../parse/options.js'
import { type OptionTable, type OptionValues, type Terminal, UsageError } from '../parse/verb.js'

/** Without their variables: a plan is shown only where the command line asks for it. */
const planInput: OptionTable = Object.fromEntries(
  Object.entries({ ...configOptions, ...gpuOption, ...addOption }).map(([name, option]) => {
    const { env: _, ...rest } = option
    return [name, rest]
  }),
)

/** For a verb that shows a node now, or after an apply that it does not run. */
export const plannedUsage: string = '[--plan (-f FILE [-c NAME] | --gpu GPU PROFILE[=COUNT] …)]'

/** `what` it shows. */
export function plannedOptions(what: string): OptionTable {
  return {
    plan: { type: 'boolean', help: `show the ${what} after an apply, and change nothing` },
    ...planInput,
  }
}

/** A machine, and the plan after which it is shown. */
export interface PlannedNode {
  readonly state: MigState
  readonly plan: MigPlan | undefined
  readonly cudaVersion: string | null
}

/** The configuration whose plan is shown; undefined without `--plan`. */
export async function readPlanned(
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

export async function readNode(
  config: SelectedConfig | undefined,
  options: DriverOptions,
): Promise<PlannedNode> {
  if (config === undefined) return { plan: undefined, ...(await readMachineStatus(options)) }
  const { before, plan } = await applyConfig(config, { ...options, dryRun: true })
  const { cudaVersion } = await readMachineStatus(options)
  return { state: before, plan, cudaVersion }
}
