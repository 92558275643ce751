import { hostname } from 'node:os'
import type { RolloutNode, RolloutStep } from '../../../types/kubernetes/rollout.js'
import { given, optionalNumber, required, textOf } from '../parse/option-values.js'
import { refuseOverLimit, type Terminal, type Verb } from '../parse/verb.js'

export const rolloutVerb: Verb = {
  usage:
    '--config NAME [--selector SELECTOR] [--max-unavailable N] [--canary N] [--drain] [options]',
  options: {
    config: {
      type: 'string',
      short: 'c',
      value: 'NAME',
      help: 'the configuration that the nodes are to have',
    },
    selector: {
      type: 'string',
      short: 'l',
      value: 'SELECTOR',
      help: 'which nodes, by their labels (default: nvidia.com/gpu.present=true)',
    },
    'max-unavailable': {
      type: 'string',
      value: 'N',
      help: 'how many nodes may be away at a time (default 1)',
    },
    canary: {
      type: 'string',
      value: 'N',
      help: 'how many nodes come first, and all others only when these are done (default 0)',
    },
    'max-failures': {
      type: 'string',
      value: 'N',
      help: 'how many nodes may fail before the rollout stops (default 0)',
    },
    drain: {
      type: 'boolean',
      help: 'empty each node before its change, as for maintenance: a taint, evictions within their budgets, and the taint goes',
    },
    'drain-timeout': {
      type: 'string',
      value: 'SECONDS',
      help: 'how long the pods of a node may stay (default 1800); then the node counts as failed, and is given back',
    },
    'dry-run': { type: 'boolean', help: 'show the nodes and which come next, and label none' },
    kubeconfig: {
      type: 'string',
      value: 'FILE',
      help: 'how to reach the cluster (default: $KUBECONFIG, else as kubectl does)',
    },
    namespace: {
      type: 'string',
      value: 'NAME',
      help: 'where the Lease is that keeps two rollouts apart (default: default)',
    },
  },
  async run(values, terminal) {
    const config = required(values, 'config')
    const numbers = {
      ...given('maxUnavailable', optionalNumber(values, 'max-unavailable', 1)),
      ...given('canary', optionalNumber(values, 'canary')),
      ...given('maxFailures', optionalNumber(values, 'max-failures')),
    }
    const drainSeconds = optionalNumber(values, 'drain-timeout', 1)
    const { connectCluster } = await import('../../agent/client/connect.js')
    const { runRollout } = await import('../../agent/rollout/run-rollout.js')
    const { systemClock } = await import('../../agent/node/clock.js')
    const show = createTable(terminal)
    const { outcome } = await runRollout({
      config,
      ...numbers,
      labelSelector: textOf(values, 'selector') ?? 'nvidia.com/gpu.present=true',
      cluster: await connectCluster(given('kubeconfig', textOf(values, 'kubeconfig'))),
      namespace: textOf(values, 'namespace') ?? 'default',
      holder: `${hostname()}-${process.pid}`,
      drain: values['drain'] === true,
      ...given('drainMs', drainSeconds === undefined ? undefined : drainSeconds * 1000),
      dryRun: values['dry-run'] === true,
      clock: systemClock,
      signal: terminal.signal,
      onStep: show,
      log: (line) => terminal.err(`${line}\n`),
    }).catch((error: unknown) => {
      if (terminal.signal.aborted) refuseOverLimit(terminal.signal)
      throw error
    })
    return outcome === 'stopped' ? 1 : 0
  },
}

/** The whole table first, and then a line for each node that has moved on. */
function createTable({ out }: Terminal): (step: RolloutStep) => void {
  const shown = new Map<string, string>()
  return ({ nodes, start, outcome }) => {
    const width = Math.max(...nodes.map(({ name }) => name.length), 4)
    for (const node of nodes) {
      const line = lineOf(node, start.includes(node.name), width)
      if (shown.get(node.name) !== line) out(`${line}\n`)
      shown.set(node.name, line)
    }
    const done = nodes.filter(({ progress }) => progress === 'done').length
    if (outcome === 'done') out(`${done} of ${nodes.length} nodes are done\n`)
    if (outcome === 'stopped')
      out(
        `stopped after a failure: ${done} of ${nodes.length} nodes are done, no further one begins\n`,
      )
  }
}

function lineOf(
  { name, progress, reason, isReady }: RolloutNode,
  starts: boolean,
  width: number,
): string {
  const state = starts ? 'next' : progress
  const away = isReady ? '' : '  not ready'
  return `${name.padEnd(width)}  ${state.padEnd(8)}${reason === null ? '' : `  ${reason}`}${away}`.trimEnd()
}
