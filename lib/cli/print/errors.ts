import { inspect } from 'node:util'
import { errorData, isMigError } from '../../errors.js'
import { hintFor } from '../../machine/apply/hints.js'
import type { Terminal, UsageError } from '../parse/verb.js'

export interface ErrorFormat {
  /** As data on standard output, too. */
  readonly json: boolean
  readonly oneLine: boolean
  /** Where it comes from, too. */
  readonly debug: boolean
}

/** What failed, on standard error. */
export function printError(
  error: unknown,
  terminal: Terminal,
  { json, oneLine, debug }: ErrorFormat,
): void {
  if (json) terminal.out(`${JSON.stringify({ error: errorData(error) }, null, oneLine ? 0 : 2)}\n`)
  terminal.err(`mig-nvml: ${errorText(error)}\n`)
  if (debug) terminal.err(`${stackOf(error)}\n`)
}

/** The message has the places in the document already. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = isMigError(error) ? `${error.code}: ` : ''
  const hint = isMigError(error) ? error.hint : hintFor(error)
  const advice = hint === undefined ? '' : `\nhint: ${adviceOf(hint)}`
  return `${code}${error.message}${advice}`
}

/** Hints are for programs that call the library; options have other names here. */
function adviceOf(hint: string): string {
  return hint
    .replaceAll(/the option ([a-z]+[A-Z]\w*)/g, (_, option: string) => `--${kebabCase(option)}`)
    .replaceAll('\n', '\n      ')
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The report of an apply is data for `--json`, and too long here. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error)
  const { cause } = error
  return `${error.stack ?? error.message}${cause === undefined ? '' : `\ncaused by ${stackOf(cause)}`}`
}

export interface UsageFormat {
  /** As data on standard output; then one line instead of the help. */
  readonly json: boolean
  readonly oneLine?: boolean
  readonly verb?: string
  readonly help: string
}

/** What is wrong with a command line. */
export function printUsageError(
  error: UsageError,
  { out, err }: Terminal,
  { json, oneLine = false, verb, help }: UsageFormat,
): void {
  const command = verb === undefined ? 'mig-nvml' : `mig-nvml ${verb}`
  if (!json) {
    err(`${command}: ${error.message}\n\n${help}`)
    return
  }
  out(`${JSON.stringify({ error: errorData(error) }, null, oneLine ? 0 : 2)}\n`)
  err(`${command}: ${error.message.replaceAll('\n', ' ')}; see ${command} --help\n`)
}

/** Of a command line that cannot be parsed. The last word counts. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  const words = (end === -1 ? args : args.slice(0, end)).filter((arg) =>
    /^--(?:no-)?json(?:=|$)/.test(arg),
  )
  return /^--json(?:$|=(?:1|t|true)$)/i.test(words.at(-1) ?? '')
}
