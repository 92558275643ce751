import { inspect } from 'node:util'
import { errorData, isMigError } from '../../errors.js'
import { hintFor } from '../../machine/apply/hints.js'
import type { Terminal } from '../parse/verb.js'

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
