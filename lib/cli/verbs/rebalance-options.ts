import type { OptionTable } from '../parse/verb.js'

export const rebalanceOptions: OptionTable = {
  'dry-run': { type: 'boolean', help: 'show the plan with its pictures, and change nothing' },
  watch: {
    type: 'boolean',
    short: 'w',
    help: 'go on until stopped: look again every --interval seconds',
  },
  'max-unavailable': {
    type: 'string',
    value: 'N',
    help: 'how many nodes may change at a time (default 1)',
  },
  move: {
    type: 'boolean',
    help: 'let running pods move where their budgets allow it and a place for them is there; without it, no pod is evicted',
  },
  reserve: {
    type: 'string',
    value: 'SIZE=N',
    help: 'devices that each node keeps free, such as 1g.5gb=2,3g.20gb=1',
  },
  'mode-changes': {
    type: 'string',
    value: 'WHICH',
    choices: ['none', 'free', 'all'],
    help: 'GPUs whose MIG mode may change: none, those that need no reset (Hopper and later), or all (default none)',
  },
  after: {
    type: 'string',
    value: 'SECONDS',
    help: 'how long a pod waits before it counts (default 0; with --watch 60)',
  },
  rest: {
    type: 'string',
    value: 'SECONDS',
    help: 'how long a node keeps its layout after a change (default 0; with --watch 300)',
  },
  retry: {
    type: 'string',
    value: 'SECONDS',
    help: 'after how long a pod that did not come counts again (default 1800)',
  },
  interval: {
    type: 'string',
    value: 'SECONDS',
    help: 'how often to look with --watch (default 30)',
  },
  'plan-timeout': {
    type: 'string',
    value: 'SECONDS',
    help: 'how long a plan may take (default 5); then the best one so far counts',
  },
  'agent-timeout': {
    type: 'string',
    value: 'SECONDS',
    help: 'how long the agent of a node may take (default 900); then its configuration of before comes back',
  },
  'pods-timeout': {
    type: 'string',
    value: 'SECONDS',
    help: 'how long pods may take to come after a change for them (default 120)',
  },
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    help: 'how to reach the cluster (default: $KUBECONFIG, else as kubectl does)',
  },
  namespace: {
    type: 'string',
    value: 'NAME',
    help: 'where the Lease is that keeps two rebalancers apart (default: default)',
  },
  json: { type: 'boolean', help: 'print plans and steps as lines of JSON' },
}
