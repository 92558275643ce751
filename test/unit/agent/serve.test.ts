import { expect, test } from 'vitest'
import { createAgentMetrics } from '../../../lib/agent/loop/agent-metrics.js'
import { serveAgent } from '../../../lib/agent/loop/serve.js'
import { noRecord } from '../../../lib/kubernetes/agent/record.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { AgentDecision, AgentHistoryEntry } from '../../../types/kubernetes/agent.js'
import { rejectionOf } from '../../support/errors.js'

const run: AgentHistoryEntry = {
  endedAt: '2026-11-29T00:00:40.000Z',
  config: 'halves',
  outcome: 'success',
  reason: null,
  durationSeconds: 40,
  evicted: ['team-a/train'],
}

function decisionWith(history: readonly AgentHistoryEntry[]): AgentDecision {
  const record = { ...noRecord, state: 'success', stepSince: run.endedAt, history } as const
  return { record, action: { kind: 'wait', until: null }, announce: [] }
}

test('the agent serves its health, whether it has read its node, and its metrics with those of the machine', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const metrics = createAgentMetrics()
  const server = await serveAgent('127.0.0.1:0', metrics, { library: machine.library })
  try {
    const statusOf = async (path: string): Promise<number> =>
      (await fetch(`${server.url}${path}`)).status
    expect(await statusOf('/healthz')).toBe(200)
    expect(await statusOf('/readyz')).toBe(503)
    metrics.count(decisionWith([]))
    expect(await statusOf('/readyz')).toBe(200)
    expect(await statusOf('/other')).toBe(404)
    metrics.count(decisionWith([run]))
    metrics.count(decisionWith([run]))
    const text = await (await fetch(`${server.url}/metrics`)).text()
    expect(text).toContain('mig_agent_state{state="success"} 1\n')
    expect(text).toContain('mig_agent_runs_total{outcome="success"} 1\n')
    expect(text).toContain('mig_agent_run_seconds_total 40\n')
    expect(text).toContain('mig_agent_evicted_pods_total 1\n')
    expect(text).toContain('mig_up 1\n')
  } finally {
    await server.close()
  }
})

test('runs of an agent before this one are not counted again', () => {
  const metrics = createAgentMetrics()
  metrics.count(decisionWith([run]))
  expect(metrics.text()).toContain('mig_agent_runs_total{outcome="success"} 0\n')
})

test('an address that is none is refused', async () => {
  const error = await rejectionOf(serveAgent('nowhere', createAgentMetrics(), {}))
  expect(error.code).toBe('MIG_LISTEN_FAILED')
})
