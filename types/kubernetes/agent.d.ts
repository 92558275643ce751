import type { PodInTheWay } from './agent-pods.js'
import type { ClusterObject, JsonPatchOperation } from './cluster-client.js'

/**
 * What the agent of a node does next. A run takes them in this order, and each can be repeated: it brings something about that
 * may be there already.
 *
 * - `idle`: nothing is under way.
 * - `validate`: reads the configuration, and looks for another owner of the node's layout.
 * - `plan`: plans the least change, and finds the pods in its way.
 * - `fence`: keeps new pods away by a taint.
 * - `evict`: asks the pods in the way to go, as their budgets allow.
 * - `pause`: waits until the clients of the GPUs are gone, such as the device plugin.
 * - `reboot`: for a MIG mode that this platform changes in no other way, and only where it is allowed.
 * - `apply`: changes the layout.
 * - `verify`: compares the machine with the configuration.
 * - `publish`: writes the CDI specification.
 * - `resume`: lets the clients come back.
 * - `await`: waits until the node advertises what it has.
 * - `unfence`: removes the taint.
 * - `roll-back`: after a failure, brings back the layout before the run, with every placement.
 */
export type AgentStep =
  | 'idle'
  | 'validate'
  | 'plan'
  | 'fence'
  | 'evict'
  | 'pause'
  | 'reboot'
  | 'apply'
  | 'verify'
  | 'publish'
  | 'resume'
  | 'await'
  | 'unfence'
  | 'roll-back'

/** The label `nvidia.com/mig.config.state`, in mig-manager's words. */
export type AgentState = 'pending' | 'rebooting' | 'success' | 'failed'

/** Why a run goes back. */
export interface AgentFailure {
  /** The step that failed. */
  readonly step: AgentStep
  /** A sentence for people. */
  readonly reason: string
  /** The same run would fail again: it is not repeated before the label or the configuration changes. */
  readonly final: boolean
}

/** A run that has ended. */
export interface AgentHistoryEntry {
  /** ISO 8601. */
  readonly endedAt: string
  readonly config: string
  readonly outcome: 'success' | 'failed'
  /** Null: it succeeded. */
  readonly reason: string | null
  readonly durationSeconds: number
  /** Pods that it evicted, as `namespace/name`; at most twenty. */
  readonly evicted: readonly string[]
}

/** What a run changes, for people and for a dry run. */
export interface AgentPlan {
  /** One line for each change: `GPU 0: destroy 3g.20gb at 4`. At most fifty. */
  readonly changes: readonly string[]
  /** The resources of the node afterwards, by name. Empty: the strategy is not known, or a DRA driver gives out the devices. */
  readonly resources: { readonly [resource: string]: number }
  /** The devices in the resource slices of the node afterwards, by name; at most fifty. Absent: no DRA driver is awaited. */
  readonly devices?: readonly string[]
  /** At most fifty. */
  readonly pods: readonly PodInTheWay[]
}

/**
 * All that an agent knows of its work, in the annotation `mig-nvml/agent` of the node. It is written before a step is performed, so
 * that another agent can go on after a crash or a reboot.
 */
export interface AgentRecord {
  readonly version: 'mig-nvml/agent/v1'
  /** Counts runs. */
  readonly run: number
  /** The configuration of the run, or of the last one. Null: there was none. */
  readonly config: string | null
  /** A digest of the content of the configuration. Null: not known. */
  readonly digest: string | null
  readonly step: AgentStep
  /** Null: the label is not ours yet. */
  readonly state: AgentState | null
  /** What is waited for, or why the last run failed, for people. */
  readonly reason: string | null
  /** When the run began; ISO 8601. */
  readonly runSince: string | null
  /** When the step began, or the wait for the next attempt; ISO 8601. */
  readonly stepSince: string | null
  /** The node has our taint. */
  readonly fenced: boolean
  /** The labels of the clients are to be paused. */
  readonly pausing: boolean
  /** The values that the labels of paused clients had before. */
  readonly paused: { readonly [label: string]: string }
  /** Evictions have been allowed once, and are under way. */
  readonly evicting: boolean
  /** Pods evicted in this run. */
  readonly evicted: readonly string[]
  /** All pods have to go, for a reboot. */
  readonly drains: boolean
  /** The machine may differ from what it was before the run. */
  readonly changed: boolean
  /** The kernel's boot id before the one reboot of this run. */
  readonly rebootedFrom: string | null
  /** The run goes back because of this. */
  readonly failing: AgentFailure | null
  /** Failed runs of this configuration in a row; while it goes back, also attempts of the step. */
  readonly attempts: number
  /** When the next attempt is due; ISO 8601. Null: not before something changes. */
  readonly retryAt: string | null
  readonly plan: AgentPlan | null
  /** The last runs, the newest first; at most ten. */
  readonly history: readonly AgentHistoryEntry[]
}

/** Something that an agent has learnt. `now` is in milliseconds since 1970. */
export type AgentEvent = { readonly now: number } & (
  | {
      /** The agent has started, with the record that it found. */
      readonly kind: 'started'
    }
  | {
      /** What the node's label names now; the content differs where the digest does. Null: there is no label. */
      readonly kind: 'wanted'
      readonly config: string | null
      readonly digest: string | null
    }
  | {
      /** The layout is not what the last run has left. */
      readonly kind: 'drifted'
      readonly reason: string
    }
  | {
      /** A wait is over. */
      readonly kind: 'time'
    }
  | {
      /** The step is complete. */
      readonly kind: 'done'
      readonly step: AgentStep
    }
  | {
      /** `plan` is complete. */
      readonly kind: 'planned'
      readonly plan: AgentPlan
    }
  | {
      /** The step is not complete yet. It is performed again after `retryMs`. */
      readonly kind: 'waiting'
      readonly step: AgentStep
      readonly reason: string
      readonly retryMs: number
      /** Pods that were evicted meanwhile. */
      readonly evicted?: readonly string[]
    }
  | {
      /** Each pod in the way may be evicted now, so that evictions may begin. */
      readonly kind: 'evictions-allowed'
    }
  | {
      /** Just before the change, a pod was found on what it destroys. */
      readonly kind: 'in-the-way'
      readonly reason: string
    }
  | {
      /** The mode takes a reboot. */
      readonly kind: 'reboot-required'
      readonly reason: string
    }
  | {
      /** The reboot is about to be requested, in the boot with this id. */
      readonly kind: 'rebooting'
      readonly bootId: string
    }
  | {
      readonly kind: 'failed'
      readonly step: AgentStep
      readonly reason: string
      readonly final: boolean
    }
)

/** What to do about a record. */
export type AgentAction =
  | { readonly kind: 'perform'; readonly step: Exclude<AgentStep, 'idle'> }
  /** Until that time, in milliseconds since 1970, or until something happens. Null: only until something happens. */
  | { readonly kind: 'wait'; readonly until: number | null }

/** An Event of the node, for people. */
export interface AgentAnnouncement {
  readonly type: 'Normal' | 'Warning'
  /** One word: `MigConfigFailed`. */
  readonly reason: string
  readonly message: string
}

/** What follows from an event. The record is to be written before the action is performed. */
export interface AgentDecision {
  readonly record: AgentRecord
  readonly action: AgentAction
  readonly announce: readonly AgentAnnouncement[]
}

/** How an agent works. Times are in milliseconds. */
export interface AgentSettings {
  /** Only plan. Default false. */
  readonly dryRun?: boolean
  /** Reboot where a mode takes it. Default false. */
  readonly reboot?: boolean
  /** How long pods in the way may stay, and how long a cluster or kubelet may not answer. Default 1,800,000. */
  readonly evictMs?: number
  /** How long clients may take to go. Default 300,000. */
  readonly pauseMs?: number
  /** How long the node may take to advertise its resources. Default 300,000. */
  readonly awaitMs?: number
  /** How long a reboot may take to begin. Default 600,000. */
  readonly rebootMs?: number
  /** The pause before the second attempt; it doubles with each further one. Default 30,000. */
  readonly retryMs?: number
  /** The longest pause between two attempts. Default 1,800,000. */
  readonly retryMostMs?: number
}

/** The changes of a node that bring it to a record. */
export interface AgentNodeChange {
  /** The record, with what the change remembers of the node. */
  readonly record: AgentRecord
  /** Empty: the node is as recorded. The first one tests the resourceVersion. */
  readonly operations: readonly JsonPatchOperation[]
}

/** A Node of the Kubernetes API. */
export type AgentNode = ClusterObject
