import type { ConfigIssue } from '../../types/config.js'
import { isMigError, isNvmlError } from '../errors.js'
import type { Terminal } from './verb.js'

/** One line that says what failed, the places in the document, and what to do about it. */
export function printError(error: unknown, terminal: Terminal, json: boolean): void {
  if (json) terminal.out(`${JSON.stringify({ error: errorData(error) }, null, 2)}\n`)
  if (isMigError(error)) {
    terminal.err(`mig-nvml: ${error.message} (${error.code})\n`)
    for (const issue of error.issues ?? []) terminal.err(`  ${issueLine(issue)}\n`)
    if (error.hint !== undefined) terminal.err(`  ${error.hint}\n`)
  } else if (error instanceof Error) {
    terminal.err(`mig-nvml: ${error.message}\n`)
  } else {
    terminal.err(`mig-nvml: ${String(error)}\n`)
  }
}

function issueLine(issue: ConfigIssue): string {
  const place = issue.line === undefined ? '' : `${issue.line}:${issue.column ?? 1} `
  const path = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `
  return `${place}${path}${issue.message}`
}

function errorData(error: unknown): object {
  if (isMigError(error) || isNvmlError(error)) return error.toJSON()
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { message: String(error) }
}
