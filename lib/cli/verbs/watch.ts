import type { MigStateUpdate } from '../../../types/machine/watch.js'
import { errorData } from '../../errors.js'
import { watchMigState } from '../../machine/index.js'
import { describeChange } from '../describe-change.js'
import { readingOptions } from '../driver-options.js'
import { given, optionalNumber } from '../option-values.js'
import { machineOptions } from '../options.js'
import type { OptionValues, Terminal, Verb } from '../verb.js'

const readerIntervalMs = 250

export const watchVerb: Verb = {
  summary: 'Print a line for every change of the machine until it is stopped.',
  usage: '[--interval-ms N] [options]',
  options: {
    'interval-ms': {
      type: 'string',
      value: 'N',
      help: 'how often to look (default 1000); a driver that tells of changes is heard at once',
    },
    ...machineOptions,
  },
  jsonLines: true,
  async run(values, terminal) {
    const { signal, ...options } = readingOptions(values, terminal)
    const unread = new AbortController()
    // Days may pass without a line to write, so poll for a reader that has gone.
    const looking = setInterval(() => {
      if (!terminal.hasReader()) unread.abort()
    }, readerIntervalMs)
    const stop = AbortSignal.any([terminal.signal, unread.signal])
    const watch = watchMigState({
      ...options,
      signal: stop,
      ...given('intervalMs', optionalNumber(values, 'interval-ms', 1)),
    })
    try {
      for await (const update of watch) printUpdate(update, values, terminal)
    } catch (error) {
      if (!stop.aborted) throw error
    } finally {
      clearInterval(looking)
    }
    return 0
  },
}

/** With `--json` the first line has the whole machine: where the changes start from. */
function printUpdate(
  { changes, state }: MigStateUpdate,
  values: OptionValues,
  { out, err }: Terminal,
): void {
  const time = new Date().toISOString()
  if (values['json'] === true) {
    const lines = changes.length === 0 ? [{ kind: 'state', state }] : changes
    for (const line of lines) out(`${JSON.stringify({ time, ...line }, withErrors)}\n`)
    return
  }
  if (changes.length === 0) {
    const { length } = state.gpus
    err(`watching ${length} GPU${length === 1 ? '' : 's'}; SIGINT ends it\n`)
  }
  for (const change of changes) out(`${time}  ${describeChange(change)}\n`)
}

function withErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? errorData(value) : value
}
