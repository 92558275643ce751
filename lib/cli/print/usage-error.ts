import { errorData } from '../../errors.js'
import { findNearest } from '../../model/nearest.js'
import type { Terminal, UsageError } from '../parse/verb.js'

export interface UsageFormat {
  /** Whether the error is printed as JSON on standard output. If so, standard error gets one line. */
  readonly json: boolean
  readonly oneLine?: boolean
  readonly verb?: string
}

/** Prints what is wrong with a command line, what its writer probably meant, and where help is. */
export function printUsageError(
  error: UsageError,
  { out, err }: Terminal,
  { json, oneLine = false, verb }: UsageFormat,
): void {
  const [command, help] =
    verb === undefined
      ? ['mig-nvml', 'mig-nvml help']
      : [`mig-nvml ${verb}`, `mig-nvml help ${verb}`]
  const message = error.message.replaceAll('\n', ' ')
  const hint = hintOf(error)
  if (!json) {
    const lines = [`${command}: ${message}`, ...(hint === null ? [] : [hint]), `see ${help}`]
    err(`${lines.join('\n')}\n`)
    return
  }
  const data = { ...errorData(error), ...(hint === null ? {} : { hint }) }
  out(`${JSON.stringify({ error: data }, null, oneLine ? 0 : 2)}\n`)
  err(`${command}: ${message}${hint === null ? '' : ` (${hint})`}; see ${help}\n`)
}

function hintOf({ slip }: UsageError): string | null {
  const nearest = slip === null ? null : findNearest(slip.written, slip.names)
  return nearest === null ? null : `did you mean ${nearest}?`
}

/** Whether a command line that cannot be parsed has `--json`. The last such option counts. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  const words = (end === -1 ? args : args.slice(0, end)).filter((arg) =>
    /^--(?:no-)?json(?:=|$)/.test(arg),
  )
  return /^--json(?:$|=(?:1|t|true)$)/i.test(words.at(-1) ?? '')
}
