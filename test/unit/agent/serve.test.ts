import { networkInterfaces } from 'node:os'
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

test('the metrics have the step, its start, the attempts, and the runs of both outcomes since the start', () => {
  const metrics = createAgentMetrics()
  expect(metrics.text()).toBe('')
  metrics.count(decisionWith([run]))
  const failed = { ...run, endedAt: '2026-11-29T00:02:00.000Z', outcome: 'failed' } as const
  const second = { ...failed, durationSeconds: 7, evicted: [] }
  metrics.count(decisionWith([second, run]))
  const third = { ...run, endedAt: '2026-11-29T00:03:00.000Z', durationSeconds: 2 }
  const { record, ...decision } = decisionWith([third, second, run])
  metrics.count({
    ...decision,
    record: { ...record, step: 'evict', attempts: 3, state: 'pending' },
  })
  const samples = metrics.text().match(/^mig_agent_.*$/gm) ?? []
  expect(samples.toSorted()).toEqual(
    [
      'mig_agent_state{state="pending"} 1',
      'mig_agent_state{state="rebooting"} 0',
      'mig_agent_state{state="success"} 0',
      'mig_agent_state{state="failed"} 0',
      // 40 seconds after midnight of 2026-11-29.
      'mig_agent_step_since_timestamp_seconds{step="evict"} 1795910440',
      'mig_agent_failed_attempts 3',
      'mig_agent_runs_total{outcome="success"} 1',
      'mig_agent_runs_total{outcome="failed"} 1',
      'mig_agent_run_seconds_total 9',
      'mig_agent_evicted_pods_total 1',
    ].toSorted(),
  )
  for (const name of new Set(samples.map((sample) => sample.split(/[{ ]/)[0])))
    expect(metrics.text()).toMatch(
      new RegExp(`^# HELP ${name} \\S.*\\n# TYPE ${name} (gauge|counter)$`, 'm'),
    )
})

test('a step that has not begun has no start in the metrics', () => {
  const metrics = createAgentMetrics()
  const { record, ...decision } = decisionWith([])
  metrics.count({ ...decision, record: { ...record, stepSince: null } })
  expect(metrics.text()).not.toMatch(/^mig_agent_step_since_timestamp_seconds\{/m)
})

test('the agent answers to reading alone, at any of its paths with a query, and says what it serves', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB')
  const server = await serveAgent('127.0.0.1:0', createAgentMetrics(), { library: machine.library })
  const call = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`${server.url}${path}`, { method })
  expect(await (await call('/healthz')).text()).toBe('ok\n')
  expect((await call('/healthz', 'HEAD')).status).toBe(200)
  expect((await call('/healthz', 'POST')).status).toBe(405)
  expect(await (await call('/readyz')).text()).toBe('the node has not been read yet\n')
  const metrics = await call('/metrics?name[]=mig_up')
  expect(metrics.status).toBe(200)
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  await server.close()
  await expect(call('/healthz')).rejects.toThrow()
})

test('a driver that cannot be read keeps the metrics of the agent from nobody', async () => {
  const metrics = createAgentMetrics()
  metrics.count(decisionWith([]))
  const library = { path: '/nowhere/libnvidia-ml.so.1' }
  const server = await serveAgent('127.0.0.1:0', metrics, { library })
  const response = await fetch(`${server.url}/metrics`)
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('mig_agent_state{state="success"} 1\n')
  await server.close()
})

const hasIpv6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ address }) => address === '::1'),
)

test.skipIf(!hasIpv6)('an address of IPv6 is served, and named as an URL has it', async () => {
  const server = await serveAgent('[::1]:0', createAgentMetrics(), {})
  expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  await server.close()
})

test('a port alone is that port of every address', async () => {
  const server = await serveAgent(':0', createAgentMetrics(), {})
  const port = /^http:\/\/0\.0\.0\.0:(\d+)$/.exec(server.url)?.[1]
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
  await server.close()
})

test.each(['nowhere', '127.0.0.1:', '127.0.0.1:65536', '127.0.0.1:x', 'a:123456', '127.0.0.1:80 '])(
  'the address %j is refused with the form that is wanted',
  async (address) => {
    const error = await rejectionOf(serveAgent(address, createAgentMetrics(), {}))
    expect(error.code).toBe('MIG_LISTEN_FAILED')
    expect(error.message).toBe(
      `cannot serve metrics at ${JSON.stringify(address)}: it is not of the form 0.0.0.0:9402`,
    )
  },
)

test('an address that another program has is refused with the reason of the system', async () => {
  const first = await serveAgent('127.0.0.1:0', createAgentMetrics(), {})
  const address = first.url.replace('http://', '')
  const error = await rejectionOf(serveAgent(address, createAgentMetrics(), {}))
  expect(error.code).toBe('MIG_LISTEN_FAILED')
  expect(error.message).toContain(`cannot serve metrics at "${address}": `)
  expect(error.message).toContain('EADDRINUSE')
  await first.close()
})

test('runs of an agent before this one are not counted again', () => {
  const metrics = createAgentMetrics()
  metrics.count(decisionWith([run]))
  expect(metrics.text()).toContain('mig_agent_runs_total{outcome="success"} 0\n')
})
