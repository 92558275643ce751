import { parseArgs } from 'node:util'
import { applyVerb } from './apply.js'
import { assertVerb } from './assert.js'
import { demoVerb } from './demo.js'
import { exportVerb } from './export.js'
import { generalHelp, verbHelp } from './help.js'
import { planVerb } from './plan.js'
import { printError } from './print-error.js'
import { profilesVerb } from './profiles.js'
import { simulatorVerb } from './simulator.js'
import { statusVerb } from './status.js'
import { type ExitStatus, type OptionValues, type Terminal, UsageError, type Verb } from './verb.js'
import { version } from './version.js'

const verbs: Readonly<Record<string, Verb>> = {
  status: statusVerb,
  plan: planVerb,
  apply: applyVerb,
  assert: assertVerb,
  export: exportVerb,
  profiles: profilesVerb,
  simulator: simulatorVerb,
  demo: demoVerb,
}

/** Runs one command line and says how it ended. It writes only through `terminal`. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  const [name, ...rest] = argv
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.out(generalHelp(verbs))
    return name === undefined ? 2 : 0
  }
  if (name === '--version') {
    terminal.out(`${version()}\n`)
    return 0
  }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (verb === undefined) {
    terminal.err(`mig-nvml: unknown command '${name}'\n\n${generalHelp(verbs)}`)
    return 2
  }
  return runVerb(name, verb, rest, terminal)
}

async function runVerb(
  name: string,
  verb: Verb,
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitStatus> {
  let json = false
  try {
    const { values, positionals } = parseVerbArgs(verb, args)
    if (values['help'] === true) {
      terminal.out(verbHelp(name, verb))
      return 0
    }
    json = values['json'] === true
    return await verb.run(values, terminal, positionals)
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`mig-nvml ${name}: ${error.message}\n\n${verbHelp(name, verb)}`)
      return 2
    }
    printError(error, terminal, json)
    return 1
  }
}

function parseVerbArgs(
  verb: Verb,
  args: readonly string[],
): { values: OptionValues; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...verb.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: verb.positionals ?? false,
    })
    return { values: values as OptionValues, positionals }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
