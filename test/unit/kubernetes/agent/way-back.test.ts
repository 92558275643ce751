import { describe, expect, test } from 'vitest'
import { noRecord } from '../../../../lib/kubernetes/agent/record.js'
import { reduceAgent } from '../../../../lib/kubernetes.js'
import type { AgentDecision, AgentEvent, AgentRecord } from '../../../../types/kubernetes/agent.js'

const time = '2026-11-29T00:00:00.000Z'
const start = Date.parse(time)
const failing = { step: 'apply', reason: 'the driver refuses', final: false } as const

const recordAt = (parts: Partial<AgentRecord>): AgentRecord => ({
  ...noRecord,
  run: 1,
  config: 'halves',
  digest: 'a',
  runSince: time,
  stepSince: time,
  state: 'pending',
  ...parts,
})
const failed = (step: AgentRecord['step'], reason: string, final = false): AgentEvent => ({
  kind: 'failed',
  step,
  reason,
  final,
  now: start + 1000,
})
const done = (step: AgentRecord['step']): AgentEvent => ({ kind: 'done', step, now: start + 1000 })

describe('a run that fails', () => {
  test.each([
    [{ fenced: true, pausing: true, changed: true }, 'roll-back'],
    [{ fenced: true, pausing: true }, 'resume'],
    [{ fenced: true }, 'unfence'],
  ] as const)('goes back from where it is: with %j by %s', (parts, step) => {
    const { record, action } = reduceAgent(
      recordAt({ step: 'apply', ...parts }),
      failed('apply', 'no'),
    )
    expect(action).toEqual({ kind: 'perform', step })
    expect(record.failing).toEqual({ step: 'apply', reason: 'no', final: false })
    // The clients come back with the step that lets them, and the taint goes with its own.
    expect([record.fenced, record.pausing]).toEqual([step !== 'unfence', step === 'roll-back'])
  })

  test('before it has touched the node is over at once, with its reason, its time and the next attempt', () => {
    const record = recordAt({ step: 'validate', attempts: 1, evicted: ['team-a/a'] })
    const decision = reduceAgent(record, failed('validate', 'no driver'))
    expect(decision.record).toMatchObject({
      step: 'idle',
      state: 'failed',
      reason: 'no driver',
      attempts: 2,
      retryAt: '2026-11-29T00:01:01.000Z',
      history: [
        {
          endedAt: '2026-11-29T00:00:01.000Z',
          config: 'halves',
          outcome: 'failed',
          reason: 'no driver',
          durationSeconds: 1,
          evicted: ['team-a/a'],
        },
      ],
    })
    expect(decision.announce).toEqual([
      {
        type: 'Warning',
        reason: 'MigConfigFailed',
        message:
          'The MIG configuration "halves" failed at the step "validate": no driver. The next attempt is at 2026-11-29T00:01:01.000Z',
      },
    ])
    expect(decision.action).toEqual({ kind: 'wait', until: start + 61_000 })
  })

  test('for good is not tried again, and says so', () => {
    const decision = reduceAgent(
      recordAt({ step: 'validate' }),
      failed('validate', 'no such name', true),
    )
    expect(decision.record.retryAt).toBeNull()
    expect(decision.action).toEqual({ kind: 'wait', until: null })
    expect(decision.announce[0]?.message).toMatch(
      /no such name\. It is not tried again until the label or the configuration changes$/,
    )
  })

  test('goes the whole way back, and ends with nothing of it on the node', () => {
    let record = recordAt({
      step: 'roll-back',
      fenced: true,
      pausing: true,
      changed: true,
      failing,
    })
    const steps: string[] = []
    for (let at: AgentRecord['step'] = 'roll-back'; at !== 'idle'; at = record.step) {
      steps.push(at)
      record = reduceAgent(record, done(at)).record
    }
    expect(steps).toEqual(['roll-back', 'publish', 'resume', 'unfence'])
    expect(record).toMatchObject({
      state: 'failed',
      reason: 'the driver refuses',
      fenced: false,
      pausing: false,
      changed: false,
      failing: null,
    })
  })

  test('lets no clients come back that were not paused', () => {
    const record = recordAt({ step: 'publish', fenced: true, failing })
    expect(reduceAgent(record, done('publish')).action).toEqual({
      kind: 'perform',
      step: 'unfence',
    })
    const paused = { 'nvidia.com/gpu.deploy.dcgm': 'true' }
    expect(reduceAgent({ ...record, paused }, done('publish')).action).toEqual({
      kind: 'perform',
      step: 'resume',
    })
  })
})

describe('a step of the way back that fails', () => {
  const back = recordAt({ step: 'roll-back', fenced: true, pausing: true, changed: true, failing })

  test('is tried three times where it is the layout, ten seconds apart, and then the rest follows', () => {
    const first = reduceAgent(back, failed('roll-back', 'still no'))
    expect(first.record).toMatchObject({
      step: 'roll-back',
      reason: 'attempt 1 to bring back the layout failed: still no',
      failing,
    })
    expect(first.action).toEqual({ kind: 'wait', until: start + 11_000 })
    const second = reduceAgent(first.record, failed('roll-back', 'again no'))
    expect(second.record.reason).toBe('attempt 2 to bring back the layout failed: again no')
    expect(second.action).toEqual({ kind: 'wait', until: start + 11_000 })
    const third = reduceAgent(second.record, failed('roll-back', 'never'))
    expect(third.action).toEqual({ kind: 'perform', step: 'publish' })
    expect(third.record.failing).toEqual({ ...failing, reason: 'the driver refuses; then never' })
  })

  test('for good is not tried again', () => {
    const decision = reduceAgent(back, failed('roll-back', 'no such GPU', true))
    expect(decision.action).toEqual({ kind: 'perform', step: 'publish' })
  })

  test.each([
    ['publish', 'resume'],
    ['resume', 'unfence'],
  ] as const)('keeps the node neither paused nor fenced: after %s comes %s', (step, next) => {
    const record = { ...back, step, changed: false }
    const decision = reduceAgent(record, failed(step, 'a full disk'))
    expect(decision.action).toEqual({ kind: 'perform', step: next })
    expect(decision.record.failing?.reason).toBe('the driver refuses; then a full disk')
  })
})

describe('a run that waits', () => {
  const waiting = (step: AgentRecord['step'], reason: string, after: number): AgentEvent => ({
    kind: 'waiting',
    step,
    reason,
    retryMs: 5000,
    now: start + after,
  })

  test.each([
    ['evict', 1_800_000, false],
    ['pause', 300_000, false],
    ['await', 300_000, true],
    ['reboot', 600_000, false],
    ['publish', 1_800_000, false],
  ] as const)('at the step %s fails after %d ms, for good: %s', (step, limit, final) => {
    const record = recordAt({ step, fenced: true })
    const early = reduceAgent(record, waiting(step, 'not yet', limit - 1))
    expect(early.record.failing).toBeNull()
    expect(early.action).toEqual({ kind: 'wait', until: start + limit - 1 + 5000 })
    const late = reduceAgent(record, waiting(step, 'not yet', limit))
    expect(late.record.failing).toEqual({ step, reason: `not yet, for ${limit / 1000} s`, final })
  })

  test('says what it waits for once, and again when that is something else', () => {
    const first = reduceAgent(recordAt({ step: 'evict' }), waiting('evict', 'pod a', 0))
    expect(first.announce).toEqual([
      { type: 'Normal', reason: 'MigConfigWaiting', message: 'pod a' },
    ])
    expect(reduceAgent(first.record, waiting('evict', 'pod a', 1)).announce).toEqual([])
    expect(reduceAgent(first.record, waiting('evict', 'pod b', 1)).announce).toHaveLength(1)
  })

  test('remembers the pods that it evicted, each once and twenty at most', () => {
    let record = recordAt({ step: 'evict', evicted: ['team-a/0'] })
    for (let pod = 0; pod < 30; pod++) {
      const evicted = [`team-a/${pod}`, 'team-a/0']
      record = reduceAgent(record, { ...waiting('evict', 'pods', 0), evicted } as AgentEvent).record
    }
    expect(record.evicted).toEqual(Array.from({ length: 20 }, (_, pod) => `team-a/${pod}`))
  })
})

describe('a mode that only a reboot brings', () => {
  const required: AgentEvent = { kind: 'reboot-required', reason: 'MIG is pending', now: start }
  const atApply = recordAt({ step: 'apply', fenced: true, pausing: true, changed: true })
  const failureOf = ({ record }: AgentDecision) => record.failing

  test('fails the run for good where the agent may not reboot', () => {
    expect(failureOf(reduceAgent(atApply, required))).toEqual({
      step: 'apply',
      reason: 'MIG is pending',
      final: true,
    })
  })

  test('drains the node first, and is tried once', () => {
    const decision = reduceAgent(atApply, required, { reboot: true })
    expect(decision.record).toMatchObject({ step: 'evict', drains: true, failing: null })
    const again = reduceAgent({ ...atApply, rebootedFrom: 'boot-1' }, required, { reboot: true })
    expect(failureOf(again)?.reason).toBe('MIG is pending, also after a reboot')
  })
})

describe('what does not begin a run', () => {
  const idle = recordAt({ step: 'idle', state: 'failed', retryAt: '2026-11-29T00:00:30.000Z' })
  const at = (now: number): AgentEvent => ({ kind: 'time', now })

  test('is a time before the next attempt, and the time itself does', () => {
    expect(reduceAgent(idle, at(start + 29_999)).record).toEqual(idle)
    expect(reduceAgent(idle, at(start + 30_000)).record).toMatchObject({ step: 'validate', run: 2 })
  })

  test.each([
    { state: 'success' } as const,
    { retryAt: null },
    { config: null },
    { step: 'apply' } as const,
  ])('is a time with %j', (parts) => {
    const record = { ...idle, ...parts }
    expect(reduceAgent(record, at(start + 1e9)).record).toEqual(record)
  })

  test('is another label on the way back and in a reboot, which come to their end first', () => {
    const other: AgentEvent = { kind: 'wanted', config: 'small', digest: 'b', now: start }
    for (const parts of [{ step: 'publish', failing }, { step: 'reboot' }] as const)
      expect(reduceAgent(recordAt(parts), other).record.config).toBe('halves')
    expect(reduceAgent(recordAt({ step: 'apply', changed: true }), other).record).toMatchObject({
      config: 'small',
      step: 'validate',
      run: 1,
      changed: true,
    })
  })

  test('is a changed layout of a run that failed; one that succeeded is mended, and people learn why', () => {
    const drifted: AgentEvent = { kind: 'drifted', reason: 'GPU 0 is other', now: start }
    expect(reduceAgent(idle, drifted).record).toEqual(idle)
    const decision = reduceAgent({ ...idle, state: 'success' }, drifted)
    expect(decision.record).toMatchObject({ step: 'validate', run: 2, config: 'halves' })
    expect(decision.announce).toEqual([
      { type: 'Warning', reason: 'MigLayoutChanged', message: 'GPU 0 is other' },
    ])
  })

  test('is the end of a step at which the run is not', () => {
    const record = recordAt({ step: 'apply' })
    for (const event of [done('verify'), failed('verify', 'late')])
      expect(reduceAgent(record, event).record).toEqual(record)
  })
})

test.each([
  [[], 'is in effect'],
  [['team-a/a'], 'is in effect; one pod was evicted: team-a/a'],
  [['team-a/a', 'team-a/b'], 'is in effect; 2 pods were evicted: team-a/a, team-a/b'],
])('a run that evicted %j says so at its end', (evicted, text) => {
  const record = recordAt({ step: 'unfence', fenced: true, evicted, attempts: 2 })
  const decision = reduceAgent(record, done('unfence'))
  expect(decision.record).toMatchObject({
    step: 'idle',
    state: 'success',
    attempts: 0,
    fenced: false,
  })
  expect(decision.announce).toEqual([
    {
      type: 'Normal',
      reason: 'MigConfigApplied',
      message: `The MIG configuration "halves" ${text}`,
    },
  ])
})

test('the history of a node has its last ten runs, the newest first', () => {
  let record: AgentRecord = noRecord
  for (let run = 0; run < 12; run++) {
    record = reduceAgent(record, {
      kind: 'wanted',
      config: `c${run}`,
      digest: 'd',
      now: start,
    }).record
    record = reduceAgent(record, failed('validate', 'no')).record
  }
  expect(record.history.map(({ config }) => config)).toEqual(
    Array.from({ length: 10 }, (_, index) => `c${11 - index}`),
  )
})
