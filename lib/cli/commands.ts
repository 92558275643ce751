import type { Command } from './parse/verb.js'

/** All commands, in the order of the general help. A verb loads its own files, because scripts start often. */
export const commands: Readonly<Record<string, Command>> = {
  status: {
    summary: 'Show every GPU, its instances, and its MIG devices with their UUIDs.',
    load: async () => (await import('./verbs/status.js')).statusVerb,
  },
  profiles: {
    summary: 'List the profiles of each GPU, as its driver reports them.',
    load: async () => (await import('./verbs/profiles.js')).profilesVerb,
  },
  plan: {
    summary: 'Show what an apply would change, and why; change nothing.',
    load: async () => (await import('./verbs/plan.js')).planVerb,
  },
  apply: {
    summary: 'Change the machine to match a configuration; undo everything if a step fails.',
    load: async () => (await import('./verbs/apply.js')).applyVerb,
  },
  clear: {
    summary: 'Remove all instances of GPUs; with --disable, turn MIG off as well.',
    load: async () => (await import('./verbs/clear.js')).clearVerb,
  },
  assert: {
    summary: 'Check whether the machine matches a configuration.',
    load: async () => (await import('./verbs/assert.js')).assertVerb,
  },
  export: {
    summary: 'Print the current partition of the machine as a configuration file.',
    load: async () => (await import('./verbs/export.js')).exportVerb,
  },
  'generate-config': {
    summary: 'Print a configuration file with the partitions that the GPUs support.',
    load: async () => (await import('./verbs/generate-config.js')).generateConfigVerb,
  },
  checkpoint: {
    summary: 'Save the partition of every GPU, with all placements, for restore.',
    load: async () => (await import('./verbs/checkpoint.js')).checkpointVerb,
  },
  restore: {
    summary: 'Bring the GPUs of a checkpoint back to its partitions and placements.',
    load: async () => (await import('./verbs/restore.js')).restoreVerb,
  },
  recover: {
    summary: 'Clean up after applies that were interrupted, for example by a crash.',
    load: async () => (await import('./verbs/recover.js')).recoverVerb,
  },
  watch: {
    summary: 'Print a line for every change of the machine, until stopped.',
    load: async () => (await import('./verbs/watch.js')).watchVerb,
  },
  devices: {
    summary: 'List what containers can get, with all its names, and for Docker, systemd or Slurm.',
    load: async () => (await import('./verbs/devices.js')).devicesVerb,
  },
  cdi: {
    summary: 'Write the CDI specification of the GPUs and MIG devices, for container runtimes.',
    load: async () => (await import('./verbs/cdi.js')).cdiVerb,
  },
  'device-nodes': {
    summary: 'List the device nodes of MIG capabilities, and make those that are missing.',
    load: async () => (await import('./verbs/device-nodes.js')).deviceNodesVerb,
  },
  labels: {
    summary: 'Print the labels that a Kubernetes node has, now or after an apply.',
    load: async () => (await import('./verbs/labels.js')).labelsVerb,
  },
  slices: {
    summary: 'Print what a DRA driver publishes of a Kubernetes node, for kubectl apply.',
    load: async () => (await import('./verbs/slices.js')).slicesVerb,
  },
  'device-plugin': {
    summary:
      'Offer GPUs and MIG devices to the kubelet of a Kubernetes node, and follow their layout.',
    load: async () => (await import('./verbs/device-plugin.js')).devicePluginVerb,
  },
  'dra-driver': {
    summary:
      'Publish GPUs and MIG devices of a Kubernetes node for claims (DRA), and follow their layout.',
    load: async () => (await import('./verbs/dra-driver.js')).draDriverVerb,
  },
  metrics: {
    summary: 'Print metrics for Prometheus, write them to a file, or serve them over HTTP.',
    load: async () => (await import('./verbs/metrics.js')).metricsVerb,
  },
  boot: {
    summary: 'Bring the machine to what was chosen for every boot; mig-nvml.service runs it.',
    load: async () => (await import('./verbs/boot.js')).bootVerb,
  },
  service: {
    summary: 'Install, remove or show the systemd service that runs boot.',
    load: async () => (await import('./verbs/service.js')).serviceVerb,
  },
  nodes: {
    summary: 'Draw the GPUs of a Kubernetes cluster, with the pods on them; also as kubectl mig.',
    load: async () => (await import('./verbs/nodes.js')).nodesVerb,
  },
  rollout: {
    summary: 'Bring many nodes of a Kubernetes cluster to a configuration, a few at a time.',
    load: async () => (await import('./verbs/rollout.js')).rolloutVerb,
  },
  rebalance: {
    summary:
      'Divide the GPUs of a Kubernetes cluster anew, by the least change that lets pods start.',
    load: async () => (await import('./verbs/rebalance.js')).rebalanceVerb,
  },
  agent: {
    summary: 'Keep a Kubernetes node as its label nvidia.com/mig.config says, until stopped.',
    load: async () => (await import('./verbs/agent.js')).agentVerb,
  },
  simulator: {
    summary: 'Create, inspect and disturb a simulated machine that a file keeps.',
    load: async () => (await import('./verbs/simulator.js')).simulatorVerb,
  },
  demo: {
    summary: 'Show a plan, refusals, an undo and more on a simulated DGX A100.',
    load: async () => (await import('./verbs/demo.js')).demoVerb,
  },
  completion: {
    summary: 'Print a script that completes these commands in a shell.',
    load: async () => (await import('./verbs/completion.js')).completionVerb(commands),
  },
}
