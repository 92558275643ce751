import { errorData, isMigError } from '../../errors.js'
import type { OptionValues, Terminal } from '../parse/verb.js'

/** An event of a plugin of the kubelet as a line for people. */
export interface EventText {
  readonly line: string
  /** It belongs on standard error. */
  readonly isTrouble: boolean
}

/** Prints what a plugin of the kubelet reports: as text, or with `--json` as a line of JSON. */
export function printPluginEvent<Event extends { readonly kind: string; readonly error?: Error }>(
  event: Event,
  describe: (event: Event) => EventText,
  values: OptionValues,
  { out, err }: Terminal,
): void {
  const { error } = event
  if (values['json'] === true) {
    const time = new Date().toISOString()
    const data = error === undefined ? event : { ...event, error: errorData(error) }
    out(`${JSON.stringify({ time, ...data })}\n`)
    return
  }
  const { line, isTrouble } = describe(event)
  const print = isTrouble ? err : out
  print(`${line}\n`)
  if (isMigError(error) && error.hint !== undefined) err(`hint: ${error.hint}\n`)
}
