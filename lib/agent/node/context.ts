import type { AgentSettings } from '../../../types/kubernetes/agent.js'
import type { ClusterClient, ClusterObjectName } from '../../../types/kubernetes/cluster-client.js'
import type { KubeletClient } from '../../../types/kubernetes/kubelet.js'
import type { MigStrategy } from '../../../types/kubernetes/strategy.js'
import type { CdiFileOptions } from '../../../types/machine/cdi-file.js'
import type { ApplyOptions, DriverOptions } from '../../../types/machine/options.js'
import type { Clock } from './clock.js'

/** How the agent of one node works. */
export interface NodeAgentOptions
  extends Pick<DriverOptions, 'library'>,
    Pick<ApplyOptions, 'clients' | 'matching' | 'reset' | 'resetTimeoutMs'> {
  /** The name of the node that this machine is. */
  readonly node: string
  readonly cluster: ClusterClient
  /** Absent: which pod has which device follows from processes alone. */
  readonly kubelet?: Pick<KubeletClient, 'listPods'>
  /** The document of configurations, as mounted from its ConfigMap. Absent: generated from the GPUs. */
  readonly configFile?: string
  /** In place of a generated one, where the GPUs give none. */
  readonly defaultConfigFile?: string
  /** A folder of the host that survives a reboot, for the lock of the agent and the layout before a run. */
  readonly stateFolder: string
  /** The annotations of the node as they were seen last. Undefined: not yet. */
  readonly annotations?: () => Readonly<Record<string, string>> | undefined
  /** How the device plugin shows MIG devices. Absent: what the node's label `nvidia.com/mig.strategy` says, unless there is a `draDriver`. */
  readonly strategy?: MigStrategy
  /** The DRA driver that gives out the devices of the node, in place of a device plugin. Absent: none does. */
  readonly draDriver?: string
  /** The CDI specification to keep. */
  readonly cdi?: CdiFileOptions
  readonly settings: AgentSettings
  /** How long an evicted pod may take to end. Absent: what the pod says. */
  readonly gracePeriodSeconds?: number
  /** Asks the machine to reboot. */
  readonly reboot?: () => Promise<void>
  /** How often to compare the machine with its configuration, in milliseconds. */
  readonly intervalMs: number
  /** How often to look for a change of the published layout and its pods, in milliseconds. Absent or 0: it is not published. */
  readonly layoutIntervalMs?: number
  readonly clock: Clock
  /** A text that differs after every boot. */
  readonly readBootId: () => string | null
  /** One line for people, for each thing that happens. */
  readonly log: (line: string) => void
  /** Ends the agent. A change that is under way is undone. */
  readonly signal: AbortSignal
}

export function nodeName({ node }: Pick<NodeAgentOptions, 'node'>): ClusterObjectName {
  return { apiVersion: 'v1', resource: 'nodes', name: node }
}

/** What all functions of the machine get. */
export function driverOf({ library, signal }: NodeAgentOptions): DriverOptions {
  return { signal, ...(library === undefined ? {} : { library }) }
}
