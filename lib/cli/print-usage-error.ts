import { errorData } from '../errors.js'
import type { Terminal, UsageError } from './verb.js'

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
