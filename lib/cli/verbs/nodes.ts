import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ClusterOverview, NodeOverview } from '../../../types/kubernetes/node-overview.js'
import { MigError } from '../../errors.js'
import { choiceOf, given, textOf } from '../parse/option-values.js'
import { type OptionValues, refuseOverLimit, type Terminal, type Verb } from '../parse/verb.js'
import { whileRead } from './while-read.js'

const formats = ['wide', 'json', 'yaml'] as const

const nodesOf = { apiVersion: 'v1', resource: 'nodes' } as const

export const nodesVerb: Verb = {
  usage: '[NODE…] [options]',
  positionals: true,
  options: {
    selector: {
      type: 'string',
      short: 'l',
      value: 'SELECTOR',
      help: 'which nodes, by their labels (default: all with NVIDIA GPUs)',
    },
    output: {
      type: 'string',
      short: 'o',
      value: 'FORMAT',
      choices: formats,
      help: 'with all devices and UUIDs, or as data',
    },
    watch: {
      type: 'boolean',
      short: 'w',
      help: 'print all again after each change, until stopped',
    },
    kubeconfig: {
      type: 'string',
      value: 'FILE',
      help: 'how to reach the cluster (default: $KUBECONFIG, else as kubectl does)',
    },
    context: {
      type: 'string',
      value: 'NAME',
      help: 'the context of the kubeconfig (default: its current one)',
    },
  },
  async run(values, terminal, names) {
    const [{ connectCluster }, { overviewOf }, { sumOverviews }] = await Promise.all([
      import('../../agent/client/connect.js'),
      import('../../kubernetes/layout/node-overview.js'),
      import('../../kubernetes/layout/cluster-overview.js'),
    ])
    const cluster = await connectCluster({
      ...given('kubeconfig', textOf(values, 'kubeconfig')),
      ...given('context', textOf(values, 'context')),
    })
    const show = async (objects: readonly ClusterObject[]): Promise<string> => {
      const all = objects.map((object) => overviewOf(object, Date.now()))
      return textFor(sumOverviews(chosenOf(all, names, values)), values, terminal)
    }
    const selection = given('labelSelector', textOf(values, 'selector'))
    if (values['watch'] === true) return watchNodes({ cluster, selection, terminal, show })
    const { items } = await cluster.list(nodesOf, { ...selection, signal: terminal.signal })
    terminal.out(await show(items))
    return 0
  },
}

/** Without names and a selector, nodes without any sign of a GPU are left out. */
function chosenOf(
  nodes: readonly NodeOverview[],
  names: readonly string[],
  values: OptionValues,
): readonly NodeOverview[] {
  const missing = names.filter((name) => !nodes.some((node) => node.name === name))
  if (missing.length > 0)
    throw new MigError(
      'MIG_CLUSTER_NOT_FOUND',
      `the cluster has no node ${missing.join(', ')}${values['selector'] === undefined ? '' : ' with these labels'}`,
    )
  if (names.length > 0) return nodes.filter(({ name }) => names.includes(name))
  if (values['selector'] !== undefined) return nodes
  return nodes.filter(({ source, warning }) => source !== 'none' || warning !== null)
}

async function textFor(
  overview: ClusterOverview,
  values: OptionValues,
  terminal: Terminal,
): Promise<string> {
  const format = choiceOf(values, 'output', formats)
  if (format === 'json' || format === 'yaml') {
    // The geometries are those of the catalog.
    const json = JSON.stringify(
      overview,
      (key, value) => (key === 'geometry' ? undefined : value),
      2,
    )
    if (format === 'json') return `${json}\n`
    const { stringify } = await import('yaml')
    return stringify(JSON.parse(json), { lineWidth: 0 })
  }
  if (overview.nodes.length === 0) return 'no nodes with NVIDIA GPUs\n'
  const { describeCluster } = await import('../print/cluster.js')
  return describeCluster(overview, terminal, { wide: format === 'wide' })
}

interface Watching {
  readonly cluster: ClusterClient
  readonly selection: { readonly labelSelector?: string }
  readonly terminal: Terminal
  readonly show: (objects: readonly ClusterObject[]) => Promise<string>
}

/** A change of a node that changes nothing on the screen, such as a heartbeat, prints nothing. */
async function watchNodes({ cluster, selection, terminal, show }: Watching): Promise<0> {
  const objects = new Map<string, ClusterObject>()
  using reading = whileRead(terminal)
  let shown = ''
  let lost = ''
  for await (const change of cluster.watch(nodesOf, { ...selection, signal: reading.signal })) {
    if (change.kind === 'interrupted') {
      const { message } = change.error
      // Every attempt fails in the same way until the cluster is back.
      if (message !== lost) terminal.err(`${message}; trying again\n`)
      lost = message
      continue
    }
    if (lost !== '') terminal.err('the cluster answers again\n')
    lost = ''
    if (change.kind === 'resumed') continue
    if (change.kind === 'listed') objects.clear()
    for (const object of change.kind === 'listed' ? change.items : [change.object]) {
      const { name = '' } = object.metadata
      if (change.kind === 'deleted') objects.delete(name)
      else objects.set(name, object)
    }
    const text = await show([...objects.values()])
    if (text === shown) continue
    terminal.out(`${shown === '' ? '' : '\n'}${new Date().toISOString()}\n${text}`)
    shown = text
  }
  refuseOverLimit(terminal.signal)
  return 0
}
