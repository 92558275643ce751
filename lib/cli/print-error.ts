import { inspect } from 'node:util'
import { errorData, isMigError } from '../errors.js'
import { hintFor } from '../machine/apply/hints.js'
import type { Terminal } from './verb.js'

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
