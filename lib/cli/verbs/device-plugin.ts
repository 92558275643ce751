import { once } from 'node:events'
import type {
  DevicePluginEvent,
  DevicePluginOptions,
  OfferedDeviceState,
} from '../../../types/kubernetes/device-plugin.js'
import { allocations, deviceLists } from '../../agent/device-plugin/plugin-options.js'
import { startDevicePlugin } from '../../agent/device-plugin/start-plugin.js'
import { errorData, isMigError } from '../../errors.js'
import { strategies } from '../../kubernetes/check-options.js'
import { isCdiKind } from '../../model/checks/cdi-rules.js'
import { readingOptions } from '../parse/machine.js'
import { choiceOf, given, optionalNumber, textOf } from '../parse/option-values.js'
import { driverFilesOptions, machineOptions, rootOption } from '../parse/options.js'
import {
  type OptionValues,
  refuseOverLimit,
  type Terminal,
  UsageError,
  type Verb,
} from '../parse/verb.js'

export const devicePluginVerb: Verb = {
  usage: '--strategy STRATEGY [options]',
  options: {
    strategy: {
      type: 'string',
      env: 'MIG_STRATEGY',
      value: 'STRATEGY',
      choices: strategies,
      help: 'which resources MIG devices are',
    },
    'device-list': {
      type: 'string',
      value: 'HOW',
      choices: deviceLists,
      fallback: 'cdi',
      help: 'how a container gets its devices: by CDI, or by NVIDIA_VISIBLE_DEVICES',
    },
    'cdi-file': {
      type: 'string',
      value: 'FILE',
      help: 'the CDI specification that is kept up to date (default: one of its own in /var/run/cdi); none: another program writes it',
    },
    'cdi-kind': {
      type: 'string',
      value: 'KIND',
      help: 'its vendor and class (default: k8s.device-plugin.nvidia.com/gpu; with --cdi-file none, nvidia.com/gpu)',
    },
    ...driverFilesOptions,
    'device-nodes': {
      type: 'boolean',
      help: 'also name the device nodes to the kubelet',
    },
    allocation: {
      type: 'string',
      value: 'HOW',
      choices: allocations,
      fallback: 'distributed',
      help: 'whether the devices of a container come from many GPUs or few',
    },
    'ignored-xids': {
      type: 'string',
      many: true,
      value: 'XID',
      help: 'Xids that leave a device healthy, or all (default: 13,31,43,45,68,109)',
    },
    'recover-after': {
      type: 'string',
      value: 'SECONDS',
      help: 'count a device as healthy again after so many seconds without an Xid (default: when its instance or GPU comes anew)',
    },
    'kubelet-dir': {
      type: 'string',
      value: 'DIR',
      help: "the folder of the kubelet's sockets (default: /var/lib/kubelet/device-plugins)",
    },
    'interval-ms': {
      type: 'string',
      value: 'N',
      help: 'milliseconds between two looks (default 1000); driver events are followed at once',
    },
    ...rootOption,
    ...machineOptions,
  },
  jsonLines: true,
  async run(values, terminal) {
    const plugin = await startDevicePlugin(readOptions(values, terminal))
    const stopped = terminal.signal.aborted
      ? Promise.resolve()
      : once(terminal.signal, 'abort').then(() => {})
    try {
      await Promise.race([plugin.ended, stopped])
    } finally {
      await plugin.close()
    }
    refuseOverLimit(terminal.signal)
    return 0
  },
}

function readOptions(values: OptionValues, terminal: Terminal): DevicePluginOptions {
  const strategy = choiceOf(values, 'strategy', strategies)
  if (strategy === undefined) throw new UsageError('--strategy is missing')
  const { signal: _, ...driver } = readingOptions(values, terminal)
  const seconds = optionalNumber(values, 'recover-after', 1)
  return {
    ...driver,
    strategy,
    ...given('deviceList', choiceOf(values, 'device-list', deviceLists)),
    ...cdiOptions(values),
    ...given('deviceNodes', values['device-nodes'] === true ? true : undefined),
    ...given('allocation', choiceOf(values, 'allocation', allocations)),
    ...given('ignoredXids', xidsOf(values)),
    ...given('recoverAfterMs', seconds === undefined ? undefined : seconds * 1000),
    ...given('folder', textOf(values, 'kubelet-dir')),
    ...given('intervalMs', optionalNumber(values, 'interval-ms', 1)),
    ...given('root', textOf(values, 'root')),
    onEvent: (event) => print(event, values, terminal),
  }
}

function cdiOptions(values: OptionValues): Pick<DevicePluginOptions, 'cdi' | 'cdiKind'> {
  const file = textOf(values, 'cdi-file')
  const kind = textOf(values, 'cdi-kind')
  const merge = textOf(values, 'merge')
  const driverRoot = textOf(values, 'driver-root')
  if (kind !== undefined && !isCdiKind(kind))
    throw new UsageError(
      `--cdi-kind takes a vendor and a class, such as nvidia.com/gpu, not '${kind}'`,
    )
  if (merge !== undefined && driverRoot !== undefined)
    throw new UsageError('--merge and --driver-root cannot be combined')
  if (file === 'none') {
    if (merge !== undefined || driverRoot !== undefined)
      throw new UsageError('--merge and --driver-root need a --cdi-file')
    return { cdi: false, ...given('cdiKind', kind) }
  }
  return {
    cdi: {
      ...given('file', file),
      ...given('kind', kind),
      ...given('merge', merge),
      ...given('driverRoot', driverRoot),
    },
  }
}

function xidsOf(values: OptionValues): DevicePluginOptions['ignoredXids'] {
  const text = textOf(values, 'ignored-xids')
  if (text === undefined || text === 'all') return text
  return text.split(',').map((word) => {
    if (!/^\d{1,6}$/.test(word.trim()))
      throw new UsageError(`--ignored-xids takes numbers or all, not '${word.trim()}'`)
    return Number(word)
  })
}

function print(event: DevicePluginEvent, values: OptionValues, { out, err }: Terminal): void {
  if (values['json'] === true) {
    const time = new Date().toISOString()
    const data = 'error' in event ? { ...event, error: errorData(event.error) } : event
    out(`${JSON.stringify({ time, ...data })}\n`)
  } else if ('resource' in event) {
    out(`${event.resource}: ${describeResource(event)}\n`)
  } else {
    err(`${describeTrouble(event)}\n`)
    if ('error' in event && isMigError(event.error) && event.error.hint !== undefined)
      err(`hint: ${event.error.hint}\n`)
  }
}

type OfResource = Extract<DevicePluginEvent, { readonly resource: string }>

function describeResource(event: OfResource): string {
  switch (event.kind) {
    case 'registered':
      return 'registered with the kubelet'
    case 'offered':
      return describeList(event.devices)
    case 'withdrawn':
      return 'no longer registered'
    case 'allocated':
      return `a container gets ${event.devices.join(', ')}`
    default:
      return event satisfies never
  }
}

function describeTrouble(event: Exclude<DevicePluginEvent, OfResource>): string {
  switch (event.kind) {
    case 'invalid':
      return `no new device is offered: ${event.message}`
    case 'waiting':
      return `${event.error.message}; it is tried again`
    case 'failed':
      return `no new device is offered: ${event.error.message}; it is tried again`
    case 'unreadable':
      return `all devices are unhealthy: the machine cannot be read: ${event.error.message}`
    default:
      return event satisfies never
  }
}

function describeList(devices: readonly OfferedDeviceState[]): string {
  const ill = devices.filter(({ problem }) => problem !== null)
  const all = `${devices.length} device${devices.length === 1 ? '' : 's'}`
  if (ill.length === 0) return all
  return `${all}, of which ${ill.map(({ uuid, problem }) => `${uuid} is unhealthy (${problem})`).join(', ')}`
}
