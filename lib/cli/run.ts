import { readFileSync } from 'node:fs'
import { packageRoot } from '../model/package-root.js'
import { commands } from './commands.js'
import { parseVerbArgs } from './parse/parse-args.js'
import {
  type ExitStatus,
  type Terminal,
  TimeLimitError,
  UsageError,
  type Verb,
} from './parse/verb.js'
import { safeTerminal } from './print/terminal.js'

/** mig-parted takes these before the command; here they may stand behind it, too. */
const debugFlags: readonly string[] = ['--debug', '-d', '--debug=true', '--debug=false']

/** Runs one command line and returns its exit status. All output goes through the terminal. */
export async function runCli(argv: readonly string[], shown: Terminal): Promise<ExitStatus> {
  const terminal = safeTerminal(shown)
  const first = argv.findIndex((arg) => !debugFlags.includes(arg))
  const before = first === -1 ? argv : argv.slice(0, first)
  const [name, ...rest] = first === -1 ? [] : argv.slice(first)
  if (name === undefined) {
    await showGeneralHelp(terminal)
    return 2
  }
  if (name === '--help' || name === '-h') return showGeneralHelp(terminal)
  if (name === '--version' || name === '-v' || name === '-V') {
    terminal.out(`${version()}\n`)
    return 0
  }
  if (name === 'help') {
    const [subject] = rest.filter((arg) => !arg.startsWith('-'))
    return subject === undefined || subject === 'help'
      ? showGeneralHelp(terminal)
      : runCommand(subject, ['--help'], terminal)
  }
  return runCommand(name, [...before, ...rest], terminal)
}

async function showGeneralHelp(terminal: Terminal): Promise<ExitStatus> {
  const { generalHelp } = await import('./print/help.js')
  terminal.out(generalHelp(commands, terminal.textColumns))
  return 0
}

async function runCommand(
  name: string,
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitStatus> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    const error = name.startsWith('-')
      ? new UsageError(`unknown option '${name}' before the command`, {
          written: name,
          names: ['--help', '--version', '--debug'],
        })
      : new UsageError(`unknown command '${name}'`, {
          written: name,
          names: [...Object.keys(commands), 'help'],
        })
    const { asksForJson, printUsageError } = await import('./print/usage-error.js')
    printUsageError(error, terminal, { json: asksForJson(args) })
    return 2
  }
  return runVerb(name, await command.load(), args, terminal)
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
      const { verbHelp } = await import('./print/help.js')
      const summary = commands[name]?.summary ?? ''
      terminal.out(verbHelp({ name, summary, verb }, terminal.textColumns))
      return 0
    }
    json = values['json'] === true
    debug = values['debug'] === true
    const { timeout } = values
    if (typeof timeout !== 'string') return await verb.run(values, terminal, positionals)
    const { runWithin } = await import('./time-limit.js')
    return await runWithin(timeout, terminal, (limited) => verb.run(values, limited, positionals))
  } catch (error) {
    const oneLine = verb.jsonLines === true
    if (error instanceof UsageError) {
      const { asksForJson, printUsageError } = await import('./print/usage-error.js')
      printUsageError(error, terminal, {
        json: verb.options['json'] !== undefined && asksForJson(args),
        oneLine,
        verb: name,
      })
      return 2
    }
    const { printError } = await import('./print/errors.js')
    printError(error, terminal, { json, debug, oneLine })
    return isOverLimit(error) ? 124 : (verb.statusOf?.(error) ?? 1)
  }
}

/** Whether the time limit has ended the command. */
function isOverLimit(error: unknown): boolean {
  return (
    error instanceof Error && [error, error.cause].some((each) => each instanceof TimeLimitError)
  )
}

function version(): string {
  const file = new URL('package.json', packageRoot())
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
