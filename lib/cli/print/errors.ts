import { inspect } from 'node:util'
import { errorData, isMigError } from '../../errors.js'
import { hintFor } from '../../machine/apply/hints.js'
import type { Terminal, UsageError } from '../parse/verb.js'

export interface ErrorFormat {
  /** Whether the error is also printed as JSON on standard output. */
  readonly json: boolean
  readonly oneLine: boolean
  /** Whether the stack is printed, too. */
  readonly debug: boolean
}

/** Prints an error on standard error. */
export function printError(
  error: unknown,
  terminal: Terminal,
  { json, oneLine, debug }: ErrorFormat,
): void {
  if (json) terminal.out(`${JSON.stringify({ error: errorData(error) }, null, oneLine ? 0 : 2)}\n`)
  terminal.err(`mig-nvml: ${errorText(error)}\n`)
  if (debug) terminal.err(`${stackOf(error)}\n`)
}

/** The issues are left out: the message names their places in the document already. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = isMigError(error) ? `${error.code}: ` : ''
  const hint = isMigError(error) ? error.hint : hintFor(error)
  const advice = hint === undefined ? '' : `\nhint: ${adviceOf(hint)}`
  return `${code}${error.message}${advice}`
}

/** Hints name the options of the library, which have other names on the command line. */
function adviceOf(hint: string): string {
  return hint
    .replaceAll(/the option ([a-z]+[A-Z]\w*)/g, (_, option: string) => `--${kebabCase(option)}`)
    .replaceAll('\n', '\n      ')
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The stack without the report of the error, which is too long for a terminal and part of `--json`. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error)
  const { cause } = error
  return `${error.stack ?? error.message}${cause === undefined ? '' : `\ncaused by ${stackOf(cause)}`}`
}

export interface UsageFormat {
  /** Whether the error is printed as JSON on standard output. If so, one line replaces the help. */
  readonly json: boolean
  readonly oneLine?: boolean
  readonly verb?: string
  readonly help: string
}

/** Prints what is wrong with a command line. */
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

/** Whether a command line that cannot be parsed has `--json`. The last such option counts. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  const words = (end === -1 ? args : args.slice(0, end)).filter((arg) =>
    /^--(?:no-)?json(?:=|$)/.test(arg),
  )
  return /^--json(?:$|=(?:1|t|true)$)/i.test(words.at(-1) ?? '')
}
