import type { DraDriverEvent } from '../../../types/kubernetes/dra-driver.js'
import { connectCluster } from '../../agent/client/connect.js'
import { startDraDriver } from '../../agent/dra-driver/start-driver.js'
import { draDriverIn, nodeNameIn } from '../parse/cluster-names.js'
import { readingOptions } from '../parse/machine.js'
import { given, optionalNumber, textOf } from '../parse/option-values.js'
import { machineOptions, rootOption } from '../parse/options.js'
import {
  healthOf,
  healthOptions,
  lookOptions,
  pluginCdi,
  pluginCdiOptions,
} from '../parse/plugin-options.js'
import type { Verb } from '../parse/verb.js'
import { type EventText, printPluginEvent } from '../print/plugin-event.js'
import { untilStopped } from './until-stopped.js'

export const draDriverVerb: Verb = {
  usage: '--node-name NAME [options]',
  options: {
    'node-name': {
      type: 'string',
      env: 'NODE_NAME',
      value: 'NAME',
      help: 'the name of this node in the cluster',
    },
    'dra-driver': {
      type: 'string',
      value: 'NAME',
      help: 'the name of the driver in slices and classes (default: gpu.nvidia.com)',
    },
    kubeconfig: {
      type: 'string',
      value: 'FILE',
      help: 'how to reach the cluster (default: $KUBECONFIG, else the service account of the pod)',
    },
    'kubelet-dir': {
      type: 'string',
      value: 'DIR',
      help: 'where the kubelet looks for plugins (default: plugins_registry in /var/lib/kubelet)',
    },
    ...pluginCdiOptions,
    'cdi-file': {
      type: 'string',
      value: 'FILE',
      help: 'the CDI specification that is kept up to date (default: one of its own in /var/run/cdi)',
    },
    'cdi-kind': {
      type: 'string',
      value: 'KIND',
      help: 'its vendor and class (default: k8s.gpu.nvidia.com/device)',
    },
    ...healthOptions,
    ...lookOptions,
    ...rootOption,
    ...machineOptions,
  },
  jsonLines: true,
  async run(values, terminal) {
    const node = nodeNameIn(values)
    const { signal: _, ...options } = readingOptions(values, terminal)
    const cluster = await connectCluster(given('kubeconfig', textOf(values, 'kubeconfig')))
    const driver = await startDraDriver({
      ...options,
      node,
      cluster,
      ...given('driver', draDriverIn(values)),
      cdi: pluginCdi(values),
      ...healthOf(values),
      ...given('folder', textOf(values, 'kubelet-dir')),
      ...given('intervalMs', optionalNumber(values, 'interval-ms', 1)),
      ...given('root', textOf(values, 'root')),
      onEvent: (event) => printPluginEvent(event, describe, values, terminal),
    })
    return untilStopped(driver, terminal)
  },
}

function describe(event: DraDriverEvent): EventText {
  return 'error' in event
    ? { line: describeTrouble(event), isTrouble: true }
    : { line: describeChange(event), isTrouble: false }
}

type Trouble = Extract<DraDriverEvent, { readonly error: Error }>

function describeChange(event: Exclude<DraDriverEvent, Trouble>): string {
  switch (event.kind) {
    case 'registered':
      return 'registered with the kubelet'
    case 'prepared':
      return `the claim ${event.claim} gets ${event.devices.join(', ')}`
    case 'published': {
      const { generation, devices, withheld } = event
      const ill = withheld.map(({ device, problem }) => `; without ${device} (${problem})`)
      return `generation ${generation}: ${devices.join(', ') || 'no device'}${ill.join('')}`
    }
    default:
      return event satisfies never
  }
}

function describeTrouble({ kind, error }: Trouble): string {
  switch (kind) {
    case 'waiting':
      return `${error.message}; it is tried again`
    case 'failed':
      return `no new device is published: ${error.message}; it is tried again`
    case 'unreadable':
      return `no claim is prepared: the machine cannot be read: ${error.message}`
    default:
      return kind satisfies never
  }
}
