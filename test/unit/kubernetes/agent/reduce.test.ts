import { expect, test } from 'vitest'
import { conditionOf } from '../../../../lib/kubernetes/agent/condition.js'
import { noRecord, parseRecord } from '../../../../lib/kubernetes/agent/record.js'
import { reduceAgent } from '../../../../lib/kubernetes.js'
import type { AgentRecord } from '../../../../types/kubernetes/agent.js'

const time = '2026-11-29T00:00:00.000Z'
const start = Date.parse(time)

function recordAt(parts: Partial<AgentRecord>): AgentRecord {
  return {
    ...noRecord,
    run: 1,
    config: 'a',
    digest: 'a',
    runSince: time,
    stepSince: time,
    ...parts,
  }
}

test('another owner that comes in the middle of a run sends it back, in place of a wait behind the taint', () => {
  const record = recordAt({ step: 'validate', state: 'pending', fenced: true, pausing: true })
  const owner = { step: 'validate', reason: 'mig-manager is here', retryMs: 30_000 } as const
  const decision = reduceAgent(record, { kind: 'waiting', ...owner, now: start + 1000 })
  expect(decision.record.failing?.reason).toBe('mig-manager is here')
  expect(decision.action).toEqual({ kind: 'perform', step: 'resume' })
})

test('another owner that is there from the beginning is waited for, and the label is left to it', () => {
  const record = recordAt({ step: 'validate', state: 'success' })
  const owner = { step: 'validate', reason: 'mig-manager is here', retryMs: 30_000 } as const
  const decision = reduceAgent(record, { kind: 'waiting', ...owner, now: start + 1e9 })
  expect(decision.record).toMatchObject({ step: 'validate', state: null, failing: null })
  expect(decision.action).toEqual({ kind: 'wait', until: start + 1e9 + 30_000 })
})

test('a kubelet that never answers just before the change sends the run back at a limit', () => {
  const record = recordAt({ step: 'apply', state: 'pending', fenced: true, pausing: true })
  const silent = { step: 'apply', reason: 'no kubelet answers', retryMs: 5000 } as const
  const early = reduceAgent(record, { kind: 'waiting', ...silent, now: start + 60_000 })
  expect(early.record.failing).toBeNull()
  const late = reduceAgent(record, { kind: 'waiting', ...silent, now: start + 1_800_000 })
  expect(late.record.failing?.reason).toBe('no kubelet answers, for 1800 s')
})

test.each(['success', 'failed'] as const)(
  'a label that is read again after the end of a run with %s begins none, and one with another content does',
  (state) => {
    const record = recordAt({ step: 'idle', state })
    const wanted = { kind: 'wanted', config: 'a', now: start } as const
    expect(reduceAgent(record, { ...wanted, digest: 'a' }).record).toEqual(record)
    expect(reduceAgent(record, { ...wanted, digest: 'b' }).record).toMatchObject({
      run: 2,
      digest: 'b',
    })
    expect(reduceAgent({ ...record, state: null }, { ...wanted, digest: 'a' }).record.run).toBe(2)
  },
)

test('a plan that comes when the run is elsewhere changes nothing', () => {
  const record = recordAt({ step: 'evict', state: 'pending' })
  const plan = { changes: ['GPU 0: destroy 3g.20gb at 4'], resources: null, pods: [] } as never
  expect(reduceAgent(record, { kind: 'planned', plan, now: start }).record).toEqual(record)
})

test('pauses between attempts double up to half an hour', () => {
  let record: AgentRecord = noRecord
  let now = start
  const pauses: number[] = []
  for (let attempt = 0; attempt < 9; attempt++) {
    const event =
      attempt === 0
        ? ({ kind: 'wanted', config: 'a', digest: 'a', now } as const)
        : ({ kind: 'time', now } as const)
    record = reduceAgent(record, event).record
    const failed = { step: 'validate', reason: 'no driver', final: false } as const
    record = reduceAgent(record, { kind: 'failed', ...failed, now }).record
    pauses.push((Date.parse(record.retryAt ?? '') - now) / 1000)
    now = Date.parse(record.retryAt ?? '')
  }
  expect(pauses).toEqual([30, 60, 120, 240, 480, 960, 1800, 1800, 1800])
})

test.each([
  ['no JSON', '{'],
  ['another version', '{"version":"mig-nvml/agent/v2"}'],
  ['a step that does not exist', '{"version":"mig-nvml/agent/v1","step":"dance"}'],
  ['a run without a configuration', '{"version":"mig-nvml/agent/v1","step":"apply"}'],
  ['paused labels that are no text', '{"version":"mig-nvml/agent/v1","paused":{"a":1}}'],
  ['a time that is none', '{"version":"mig-nvml/agent/v1","retryAt":"soon"}'],
])('an annotation with %s is no record', (_, text) => {
  expect(parseRecord(text)).toBeNull()
})

test('the condition names the step and what is waited for', () => {
  const record = recordAt({ step: 'evict', state: 'pending', reason: 'pod team-a/train-7 stays' })
  expect(conditionOf(record)).toEqual({
    type: 'MigConfigured',
    status: 'False',
    reason: 'Evict',
    message: 'the MIG configuration "a": waiting for the pods in the way: pod team-a/train-7 stays',
  })
})
