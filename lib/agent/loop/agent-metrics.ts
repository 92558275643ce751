import type { AgentDecision, AgentRecord } from '../../../types/kubernetes/agent.js'
import { type Family, formatFamilies } from '../../metrics/exposition.js'

/** What an agent has done since it started. */
export interface AgentMetrics {
  /** A decision has been written to the node. */
  count(decision: AgentDecision): void
  /** Prometheus' text format. */
  text(): string
  /** Whether the node has been read. */
  isReady(): boolean
}

const states = ['pending', 'rebooting', 'success', 'failed'] as const

export function createAgentMetrics(): AgentMetrics {
  const runs = { success: 0, failed: 0 }
  let seconds = 0
  let evicted = 0
  let record: AgentRecord | null = null
  return {
    count(decision) {
      const [last] = decision.record.history
      const isOver = last !== undefined && last.endedAt !== record?.history[0]?.endedAt
      // What an agent before this one has done is in the record, too.
      if (record !== null && isOver) {
        runs[last.outcome] += 1
        seconds += last.durationSeconds
        evicted += last.evicted.length
      }
      record = decision.record
    },
    text: () =>
      formatFamilies(record === null ? [] : familiesOf(record, { runs, seconds, evicted })),
    isReady: () => record !== null,
  }
}

interface Counts {
  readonly runs: Readonly<Record<'success' | 'failed', number>>
  readonly seconds: number
  readonly evicted: number
}

function familiesOf(record: AgentRecord, { runs, seconds, evicted }: Counts): readonly Family[] {
  const since = record.stepSince
  return [
    {
      name: 'mig_agent_state',
      type: 'gauge',
      help: 'The state of the node, as its label says: 1 for the one that it has.',
      samples: states.map((state) => ({
        labels: { state },
        value: record.state === state ? 1 : 0,
      })),
    },
    {
      name: 'mig_agent_step_since_timestamp_seconds',
      type: 'gauge',
      help: 'When the step began that the agent is at, by its name.',
      samples:
        since === null ? [] : [{ labels: { step: record.step }, value: Date.parse(since) / 1000 }],
    },
    {
      name: 'mig_agent_failed_attempts',
      type: 'gauge',
      help: 'How often the configuration has failed in a row.',
      samples: [{ labels: {}, value: record.attempts }],
    },
    {
      name: 'mig_agent_runs_total',
      type: 'counter',
      help: 'Runs that have ended, by outcome, since the agent started.',
      samples: Object.entries(runs).map(([outcome, value]) => ({ labels: { outcome }, value })),
    },
    {
      name: 'mig_agent_run_seconds_total',
      type: 'counter',
      help: 'How long these runs took, from the label to the end.',
      samples: [{ labels: {}, value: seconds }],
    },
    {
      name: 'mig_agent_evicted_pods_total',
      type: 'counter',
      help: 'Pods that these runs evicted; a run counts twenty at most.',
      samples: [{ labels: {}, value: evicted }],
    },
  ]
}
