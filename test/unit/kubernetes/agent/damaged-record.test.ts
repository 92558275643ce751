import { describe, expect, test } from 'vitest'
import { formatRecord, noRecord, parseRecord } from '../../../../lib/kubernetes/agent/record.js'
import type { AgentRecord, AgentStep } from '../../../../types/kubernetes/agent.js'

const time = '2026-11-29T00:00:00.000Z'

/** Every field has a value. */
const full: AgentRecord = {
  ...noRecord,
  run: 3,
  config: 'halves',
  digest: '0123456789abcdef',
  step: 'apply',
  state: 'pending',
  reason: 'a reason',
  runSince: time,
  stepSince: time,
  fenced: true,
  pausing: true,
  paused: { 'nvidia.com/gpu.deploy.dcgm': 'true' },
  evicting: true,
  evicted: ['team-a/train'],
  drains: true,
  changed: true,
  rebootedFrom: 'boot-1',
  failing: { step: 'apply', reason: 'a reason', final: false },
  attempts: 2,
  retryAt: time,
}
const parse = (record: object): AgentRecord | null => parseRecord(JSON.stringify(record))

describe('a record that comes back from its annotation', () => {
  test('is the one that was written, with every field', () => {
    expect(parseRecord(formatRecord(full))).toEqual(full)
    expect(parseRecord(formatRecord(noRecord))).toEqual(noRecord)
  })

  test.each([
    ...['idle', 'validate', 'plan', 'fence', 'evict', 'pause', 'reboot', 'apply', 'verify'],
    ...['publish', 'resume', 'await', 'unfence', 'roll-back'],
  ] as readonly AgentStep[])('may be at the step %s', (step) => {
    expect(parse({ ...full, step })?.step).toBe(step)
  })

  test.each(['pending', 'rebooting', 'success', 'failed', null])(
    'may have the state %s',
    (state) => {
      expect(parse({ ...full, state })?.state).toBe(state)
    },
  )

  test('has what an older agent did not write as on a new node', () => {
    const { failing: _, ...older } = full
    expect(parse(older)).toEqual({ ...full, failing: null })
  })
})

describe('a record that another program has damaged is none', () => {
  test.each([
    ['version', 'mig-nvml/agent/v2'],
    ['step', 'toString'],
    ['state', 'done'],
    ['state', 0],
    ...(['fenced', 'pausing', 'evicting', 'drains', 'changed'] as const).flatMap((name) => [
      [name, 'true'],
      [name, null],
    ]),
    ...(['config', 'digest', 'runSince', 'stepSince', 'retryAt', 'rebootedFrom'] as const).flatMap(
      (name) => [
        [name, 5],
        [name, {}],
      ],
    ),
    ['runSince', 'yesterday evening'],
    ['stepSince', ''],
    ['retryAt', 'soon'],
    ['run', 1.5],
    ['run', '1'],
    ['attempts', null],
    ['attempts', -0.5],
    ['paused', []],
    ['paused', null],
    ['paused', { a: 'true', b: true }],
    ['evicted', {}],
    ['history', 'none'],
    ['failing', 'it failed'],
    ['failing', []],
    ['config', null],
    ['runSince', null],
  ] as readonly (readonly [keyof AgentRecord, unknown])[])('%s: %j', (name, value) => {
    expect(parse({ ...full, [name]: value })).toBeNull()
  })

  test.each(['null', '[]', '5', '"text"', ''])('the annotation %j', (text) => {
    expect(parseRecord(text)).toBeNull()
  })

  test('and not where nothing is under way: then it needs no configuration and no beginning', () => {
    expect(parse({ ...full, step: 'idle', config: null, runSince: null })).not.toBeNull()
  })
})
