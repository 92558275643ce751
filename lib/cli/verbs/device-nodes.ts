import type { CapabilityNode } from '../../../types/machine/device-nodes.js'
import { createCapabilityNodes, listCapabilityNodes } from '../../machine/host.js'
import { given, textOf } from '../parse/option-values.js'
import { rootOption } from '../parse/options.js'
import type { ExitStatus, Terminal, Verb } from '../parse/verb.js'

export const deviceNodesVerb: Verb = {
  usage: '[--create] [options]',
  options: {
    create: {
      type: 'boolean',
      help: 'make the nodes that are missing, and replace wrong ones; needs CAP_MKNOD',
    },
    ...rootOption,
    json: { type: 'boolean', help: 'print JSON instead of text' },
  },
  async run(values, terminal) {
    const options = given('root', textOf(values, 'root'))
    const { nodes, created } =
      values['create'] === true
        ? await createCapabilityNodes(options)
        : { nodes: await listCapabilityNodes(options), created: [] }
    if (values['json'] === true) terminal.out(`${JSON.stringify({ nodes, created }, null, 2)}\n`)
    else printNodes(nodes, created, terminal)
    return statusOf(nodes)
  },
}

/** Nodes that the driver wants nobody to make are no failure. */
function statusOf(nodes: readonly CapabilityNode[]): ExitStatus {
  return nodes.every(({ state, mayChange }) => state === 'present' || !mayChange) ? 0 : 1
}

function printNodes(
  nodes: readonly CapabilityNode[],
  created: readonly CapabilityNode[],
  { out }: Terminal,
): void {
  const width = Math.max(...nodes.map(({ capability }) => capability.length), 0)
  for (const { path, capability, major, minor, mode, state, mayChange } of nodes) {
    const made = created.some((node) => node.path === path)
    const how = `${state === 'present' && made ? 'created' : words[state]}${mayChange ? '' : '; the driver wants nobody to change it'}`
    const bits = mode.toString(8).padStart(4, '0')
    out(`${capability.padEnd(width)}  ${path}  ${major}:${minor}  ${bits}  ${how}\n`)
  }
}

const words: Readonly<Record<CapabilityNode['state'], string>> = {
  present: 'present',
  missing: 'missing',
  'other-device': 'something else is there',
  'other-permissions': 'its mode or its owner is another',
}
