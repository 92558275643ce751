import type { MigChange, MigStateUpdate } from '../../../types/machine/watch.js'
import type { MigMode } from '../../../types/model/state.js'
import { errorData } from '../../errors.js'
import { watchMigState } from '../../machine/index.js'
import { onOff } from '../../model/mode-text.js'
import { readingOptions } from '../parse/machine.js'
import { given, optionalNumber } from '../parse/option-values.js'
import { machineOptions } from '../parse/options.js'
import { type OptionValues, type Terminal, TimeLimitError, type Verb } from '../parse/verb.js'
import { whileRead } from './while-read.js'

export const watchVerb: Verb = {
  usage: '[--interval-ms N] [options]',
  options: {
    'interval-ms': {
      type: 'string',
      value: 'N',
      help: 'milliseconds between two reads (default 1000); driver events are read at once',
    },
    ...machineOptions,
  },
  jsonLines: true,
  async run(values, terminal) {
    const intervalMs = optionalNumber(values, 'interval-ms', 1)
    const { signal, ...options } = readingOptions(values, terminal)
    using reading = whileRead(terminal)
    const { signal: stop } = reading
    const watch = watchMigState({
      ...options,
      signal: stop,
      ...given('intervalMs', intervalMs),
    })
    try {
      for await (const update of watch) printUpdate(update, values, terminal)
    } catch (error) {
      if (!stop.aborted || stop.reason instanceof TimeLimitError) throw error
    }
    return 0
  },
}

/** With `--json` the first line has the whole machine, from which the changes start. */
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

/** A change in one line, for people. */
function describeChange(change: MigChange): string {
  switch (change.kind) {
    case 'mig-mode':
      return `GPU ${change.gpuIndex}: ${describeMode(change.after)}`
    case 'gpu-instance-created':
    case 'gpu-instance-destroyed': {
      const { id, profileName, placement } = change.gpuInstance
      const verb = change.kind === 'gpu-instance-created' ? 'created' : 'destroyed'
      return `GPU ${change.gpuIndex}: GPU instance ${id} ${verb}: ${profileName} at ${placement.start}:${placement.size}`
    }
    case 'compute-instance-created':
    case 'compute-instance-destroyed': {
      const { id, name, uuid } = change.computeInstance
      const verb = change.kind === 'compute-instance-created' ? 'created' : 'destroyed'
      const where = `compute instance ${id} of GPU instance ${change.gpuInstance.id}`
      return `GPU ${change.gpuIndex}: ${where} ${verb}: ${name}${uuid === null ? '' : `, ${uuid}`}`
    }
    case 'mig-device-created':
    case 'mig-device-destroyed': {
      const { gpuInstanceId, computeInstanceId, name, uuid } = change.migDevice
      const verb = change.kind === 'mig-device-created' ? 'created' : 'destroyed'
      const where = `MIG device of GPU instance ${gpuInstanceId}, compute instance ${computeInstanceId}`
      return `GPU ${change.gpuIndex}: ${where} ${verb}: ${name}${uuid === null ? '' : `, ${uuid}`}`
    }
    case 'instances-listed':
      return `GPU ${change.gpuIndex}: the driver lists its instances again`
    case 'instances-unlisted':
      return `GPU ${change.gpuIndex}: it has GPU instances that this process may not list without mig/config`
    case 'gpu-lost':
      return `GPU ${change.gpuIndex}: lost: it has fallen off the bus`
    case 'gpu-gone':
      return `GPU ${change.gpuIndex}: gone: the driver no longer lists it`
    case 'gpu-found':
      return `GPU ${change.gpuIndex}: found: ${change.gpu ?? 'of unknown UUID'}`
    case 'xid': {
      const { gpuIndex, gpuInstanceId, computeInstanceId, xid, count } = change
      const parts = [
        gpuIndex === null ? 'a GPU' : `GPU ${gpuIndex}`,
        ...(gpuInstanceId === null ? [] : [`GPU instance ${gpuInstanceId}`]),
        ...(computeInstanceId === null ? [] : [`compute instance ${computeInstanceId}`]),
      ]
      return `${parts.join(', ')}: Xid ${xid}${count === 1 ? '' : `, ${count} times`}`
    }
    case 'unreadable':
      return `the machine cannot be read: ${change.error.message}`
    case 'readable':
      return 'the machine can be read again'
    default:
      return change satisfies never
  }
}

function describeMode(mode: MigMode | null): string {
  if (mode === null) return 'no longer supports MIG'
  const { enabled, pending } = mode
  const now = `MIG ${onOff(enabled)}`
  return pending === enabled ? now : `${now}, ${onOff(pending)} after the next GPU reset`
}
