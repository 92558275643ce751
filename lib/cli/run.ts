import { readFileSync } from 'node:fs'
import { packageRoot } from '../model/package-root.js'
import { parseVerbArgs } from './parse/parse-args.js'
import { type ExitStatus, type Terminal, UsageError, type Verb } from './parse/verb.js'
import { asksForJson, printError, printUsageError } from './print/errors.js'
import { generalHelp, verbHelp } from './print/help.js'
import { safeTerminal } from './print/terminal.js'
import { applyVerb } from './verbs/apply.js'
import { assertVerb } from './verbs/assert.js'
import { checkpointVerb } from './verbs/checkpoint.js'
import { demoVerb } from './verbs/demo.js'
import { exportVerb } from './verbs/export.js'
import { generateConfigVerb } from './verbs/generate-config.js'
import { planVerb } from './verbs/plan.js'
import { profilesVerb } from './verbs/profiles.js'
import { recoverVerb } from './verbs/recover.js'
import { restoreVerb } from './verbs/restore.js'
import { simulatorVerb } from './verbs/simulator.js'
import { statusVerb } from './verbs/status.js'
import { watchVerb } from './verbs/watch.js'

const verbs: Readonly<Record<string, Verb>> = {
  status: statusVerb,
  profiles: profilesVerb,
  plan: planVerb,
  apply: applyVerb,
  assert: assertVerb,
  export: exportVerb,
  'generate-config': generateConfigVerb,
  checkpoint: checkpointVerb,
  restore: restoreVerb,
  recover: recoverVerb,
  watch: watchVerb,
  simulator: simulatorVerb,
  demo: demoVerb,
}

/** mig-parted takes these before the command; here they may stand behind it, too. */
const debugFlags: readonly string[] = ['--debug', '-d', '--debug=true', '--debug=false']

/** Runs one command line and returns its exit status. All output goes through the terminal. */
export async function runCli(argv: readonly string[], shown: Terminal): Promise<ExitStatus> {
  const terminal = safeTerminal(shown)
  const first = argv.findIndex((arg) => !debugFlags.includes(arg))
  const before = first === -1 ? argv : argv.slice(0, first)
  const [name, ...rest] = first === -1 ? [] : argv.slice(first)
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.out(generalHelp(verbs))
    return name === undefined ? 2 : 0
  }
  if (name === '--version' || name === '-v') {
    terminal.out(`${version()}\n`)
    return 0
  }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (verb === undefined) {
    const error = new UsageError(`unknown command '${name}'`)
    printUsageError(error, terminal, { json: asksForJson(rest), help: generalHelp(verbs) })
    return 2
  }
  return runVerb(name, verb, [...before, ...rest], terminal)
}

async function runVerb(
  name: string,
  verb: Verb,
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitStatus> {
  let json = false
  let debug = false
  try {
    const { values, positionals } = parseVerbArgs(verb, args, terminal.env)
    if (values['help'] === true) {
      terminal.out(verbHelp(name, verb))
      return 0
    }
    json = values['json'] === true
    debug = values['debug'] === true
    return await verb.run(values, terminal, positionals)
  } catch (error) {
    if (error instanceof UsageError) {
      printUsageError(error, terminal, {
        json: verb.options['json'] !== undefined && asksForJson(args),
        oneLine: verb.jsonLines === true,
        verb: name,
        help: verbHelp(name, verb),
      })
      return 2
    }
    printError(error, terminal, { json, debug, oneLine: verb.jsonLines === true })
    return 1
  }
}

function version(): string {
  const file = new URL('package.json', packageRoot())
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
