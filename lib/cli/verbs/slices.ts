import { stringify } from 'yaml'
import type { DeviceClass, ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import type { DevicePlace } from '../../../types/kubernetes/dra/slices.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { deviceClasses } from '../../kubernetes/dra/device-classes.js'
import { profilesOf } from '../../kubernetes/dra/profiles-of.js'
import { resourceSlices } from '../../kubernetes/dra/resource-slices.js'
import { deviceOrder } from '../../solver/order/device-order.js'
import { draDriverIn, nodeNameIn } from '../parse/cluster-names.js'
import { readingOptions } from '../parse/machine.js'
import { choiceOf, given, optionalNumber } from '../parse/option-values.js'
import { machineOptions } from '../parse/options.js'
import type { Verb } from '../parse/verb.js'
import { plannedOptions, plannedUsage, readNode, readPlanned } from './planned-node.js'

const partitions = ['existing', 'all'] as const
const orders = ['names', 'room'] as const
const counters = ['separate', 'combined'] as const

export const slicesVerb: Verb = {
  usage: `--node-name NAME [--partitions existing|all] [--order names|room] ${plannedUsage} [options]`,
  options: {
    'node-name': {
      type: 'string',
      env: 'NODE_NAME',
      value: 'NAME',
      help: 'the node as Kubernetes calls it',
    },
    partitions: {
      type: 'string',
      value: 'WHICH',
      choices: partitions,
      fallback: 'existing',
      help: 'the MIG devices that are there, or every placement of every profile',
    },
    'dra-driver': {
      type: 'string',
      value: 'NAME',
      help: 'the DRA driver that publishes them (default: gpu.nvidia.com)',
    },
    generation: {
      type: 'string',
      value: 'N',
      help: 'the generation of the pool, greater after each change (default: 1)',
    },
    order: {
      type: 'string',
      value: 'ORDER',
      choices: orders,
      fallback: 'names',
      help: "the order of placements: by name, as NVIDIA's driver lists them, or that in which the scheduler refuses least",
    },
    counters: {
      type: 'string',
      value: 'FORM',
      choices: counters,
      fallback: 'separate',
      help: 'whether counters have slices of their own; Kubernetes 1.34 takes combined',
    },
    classes: { type: 'boolean', help: 'also print the device classes' },
    ...plannedOptions('slices'),
    ...machineOptions,
  },
  positionals: true,
  async run(values, terminal, words) {
    const driver = draDriverIn(values)
    const options = {
      node: nodeNameIn(values),
      partitions: choiceOf(values, 'partitions', partitions) ?? 'existing',
      ...given('driver', driver),
      ...given('generation', optionalNumber(values, 'generation')),
      ...given('order', choiceOf(values, 'order', orders) === 'room' ? leastRefused : undefined),
      ...given('counters', choiceOf(values, 'counters', counters)),
    }
    const config = await readPlanned(values, terminal, words)
    const { state, plan, cudaVersion } = await readNode(config, readingOptions(values, terminal))
    const slices = resourceSlices(state, {
      ...options,
      ...given('plan', plan),
      ...given('cudaVersion', cudaVersion ?? undefined),
    })
    const classes =
      values['classes'] === true ? deviceClasses(profilesOf(slices), given('driver', driver)) : []
    terminal.out(
      values['json'] === true ? asJson([...classes, ...slices]) : asYaml([...classes, ...slices]),
    )
    return 0
  },
}

function leastRefused(geometry: Geometry): readonly DevicePlace[] {
  return deviceOrder(geometry).placements
}

function asJson(items: readonly (DeviceClass | ResourceSlice)[]): string {
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`
}

/** One document for each. Devices share their attributes, which YAML would write as aliases. */
function asYaml(items: readonly (DeviceClass | ResourceSlice)[]): string {
  return items
    .map((item) => `---\n${stringify(item, { aliasDuplicateObjects: false, lineWidth: 0 })}`)
    .join('')
}
