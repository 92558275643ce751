import { hintFor } from '../apply/hints.js'
import { errorData, isMigError } from '../errors.js'
import type { Terminal } from './verb.js'

/** What failed, on standard error; with `json` also as data on standard output. */
export function printError(error: unknown, terminal: Terminal, json: boolean): void {
  if (json) terminal.out(`${JSON.stringify({ error: errorData(error) }, null, 2)}\n`)
  terminal.err(`mig-nvml: ${errorText(error)}\n`)
}

/** The message has the places in the document already. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = isMigError(error) ? `${error.code}: ` : ''
  const hint = isMigError(error) ? error.hint : hintFor(error)
  const advice = hint === undefined ? '' : `\nhint: ${hint.replaceAll('\n', '\n      ')}`
  return `${code}${error.message}${advice}`
}
