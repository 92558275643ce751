import type {
  DevicePluginEvent,
  DevicePluginOptions,
  OfferedDeviceState,
} from '../../../types/kubernetes/device-plugin.js'
import { allocations, deviceLists } from '../../agent/device-plugin/plugin-options.js'
import { startDevicePlugin } from '../../agent/device-plugin/start-plugin.js'
import { strategies } from '../../kubernetes/check-options.js'
import { readingOptions } from '../parse/machine.js'
import { choiceOf, given, optionalNumber, textOf } from '../parse/option-values.js'
import { machineOptions, rootOption } from '../parse/options.js'
import {
  healthOf,
  healthOptions,
  lookOptions,
  pluginCdi,
  pluginCdiOptions,
} from '../parse/plugin-options.js'
import { type OptionValues, type Terminal, UsageError, type Verb } from '../parse/verb.js'
import { type EventText, printPluginEvent } from '../print/plugin-event.js'
import { untilStopped } from './until-stopped.js'

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
    ...pluginCdiOptions,
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
    ...healthOptions,
    'kubelet-dir': {
      type: 'string',
      value: 'DIR',
      help: "the folder of the kubelet's sockets (default: /var/lib/kubelet/device-plugins)",
    },
    ...lookOptions,
    ...rootOption,
    ...machineOptions,
  },
  jsonLines: true,
  async run(values, terminal) {
    const plugin = await startDevicePlugin(readOptions(values, terminal))
    return untilStopped(plugin, terminal)
  },
}

function readOptions(values: OptionValues, terminal: Terminal): DevicePluginOptions {
  const strategy = choiceOf(values, 'strategy', strategies)
  if (strategy === undefined) throw new UsageError('--strategy is missing')
  const { signal: _, ...driver } = readingOptions(values, terminal)
  return {
    ...driver,
    strategy,
    ...given('deviceList', choiceOf(values, 'device-list', deviceLists)),
    ...cdiOptions(values),
    ...given('deviceNodes', values['device-nodes'] === true ? true : undefined),
    ...given('allocation', choiceOf(values, 'allocation', allocations)),
    ...healthOf(values),
    ...given('folder', textOf(values, 'kubelet-dir')),
    ...given('intervalMs', optionalNumber(values, 'interval-ms', 1)),
    ...given('root', textOf(values, 'root')),
    onEvent: (event) => printPluginEvent(event, describe, values, terminal),
  }
}

function cdiOptions(values: OptionValues): Pick<DevicePluginOptions, 'cdi' | 'cdiKind'> {
  const cdi = pluginCdi(values)
  if (cdi.file !== 'none') return { cdi }
  if (cdi.merge !== undefined || cdi.driverRoot !== undefined)
    throw new UsageError('--merge and --driver-root need a --cdi-file')
  return { cdi: false, ...given('cdiKind', cdi.kind) }
}

function describe(event: DevicePluginEvent): EventText {
  return 'resource' in event
    ? { line: `${event.resource}: ${describeResource(event)}`, isTrouble: false }
    : { line: describeTrouble(event), isTrouble: true }
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
