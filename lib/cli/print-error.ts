import { isMigError, isNvmlError } from '../errors.js'
import type { Terminal } from './verb.js'

/** What failed, on standard error; with `json` also as data on standard output. */
export function printError(error: unknown, terminal: Terminal, json: boolean): void {
  if (json) terminal.out(`${JSON.stringify({ error: errorData(error) }, null, 2)}\n`)
  terminal.err(`mig-nvml: ${errorText(error)}\n`)
}

/** The message has the places in the document already. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!isMigError(error)) return error.message
  const hint = error.hint === undefined ? '' : `\nhint: ${error.hint.replaceAll('\n', '\n      ')}`
  return `${error.code}: ${error.message}${hint}`
}

function errorData(error: unknown): object {
  if (isMigError(error) || isNvmlError(error)) return error.toJSON()
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { message: String(error) }
}
