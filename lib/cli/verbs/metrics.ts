import { once } from 'node:events'
import type { ServeMetricsOptions } from '../../../types/machine/metrics.js'
import { readMigMetrics } from '../../machine/metrics.js'
import { isSystemError } from '../../system/system-error.js'
import { refuseUnwritable, replaceFile } from '../../system/write-file.js'
import { readingOptions } from '../parse/machine.js'
import { given, optionalNumber, textOf } from '../parse/option-values.js'
import { machineOptions } from '../parse/options.js'
import {
  type ExitStatus,
  refuseOverLimit,
  type Terminal,
  UsageError,
  type Verb,
} from '../parse/verb.js'

const { json: _, ...options } = machineOptions

export const metricsVerb: Verb = {
  usage: '[-o FILE | --listen ADDRESS:PORT] [options]',
  options: {
    'output-file': {
      type: 'string',
      short: 'o',
      value: 'FILE',
      help: "write to this file, for node_exporter's textfile collector: its name ends in .prom",
    },
    listen: {
      type: 'string',
      value: 'ADDRESS:PORT',
      help: 'serve /metrics over HTTP on a loopback address, such as 127.0.0.1:9400, until stopped',
    },
    'timeout-ms': {
      type: 'string',
      value: 'N',
      help: 'report a driver that has not answered for this many milliseconds as unreadable (default 8000)',
    },
    ...options,
  },
  async run(values, terminal) {
    const file = textOf(values, 'output-file')
    const address = textOf(values, 'listen')
    if (file !== undefined && address !== undefined)
      throw new UsageError('--output-file and --listen cannot be combined')
    const reading = {
      ...readingOptions(values, terminal),
      ...given('timeoutMs', optionalNumber(values, 'timeout-ms', 1)),
    }
    if (address !== undefined) return serve({ ...reading, address }, terminal)
    if (file !== undefined) await refuseUnwritable(file)
    const { text, failure } = await readMigMetrics(reading)
    if (file === undefined) terminal.out(text)
    else await replaceFile(file, text)
    if (failure === null) return 0
    // The text says so as well, but a timer of systemd notices only the exit status.
    if (!isSystemError(failure, 'TIMEOUT')) throw failure
    terminal.err(`mig-nvml: ${failure.message}\n`)
    // The call that hangs would keep the process: this status gives it up.
    return 124
  },
}

async function serve(options: ServeMetricsOptions, { signal, err }: Terminal): Promise<ExitStatus> {
  const { serveMigMetrics } = await import('../../machine/serve-metrics.js')
  const server = await serveMigMetrics(options)
  err(`serving ${server.url}; SIGINT ends it\n`)
  if (!signal.aborted) await once(signal, 'abort')
  await server.close()
  refuseOverLimit(signal)
  return 0
}
