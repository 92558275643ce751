import { expect, test } from 'vitest'
import { outcomeOf } from '../../../../lib/agent/node/outcome.js'
import { MigError } from '../../../../lib/errors.js'
import type { MigCode } from '../../../../types/model/errors.js'

const failed = (code: MigCode, hint?: string): MigError =>
  new MigError(code, 'the message', hint === undefined ? {} : { hint })

test.each(['MIG_CLUSTER_UNAVAILABLE', 'MIG_CLUSTER_CONFLICT', 'MIG_KUBELET_UNAVAILABLE'] as const)(
  '%s fails no run: the step is performed again some seconds later',
  (code) => {
    expect(outcomeOf('evict', failed(code))).toEqual({
      kind: 'waiting',
      step: 'evict',
      reason: 'the message',
      retryMs: 5000,
    })
  },
)

test.each([
  'MIG_CONFIG_INVALID',
  'MIG_CONFIG_NOT_FOUND',
  'MIG_CONFIG_CONFLICT',
  'MIG_ENTRY_MATCHES_NO_GPU',
  'MIG_NOT_SUPPORTED',
  'MIG_PROFILE_UNKNOWN',
  'MIG_PARTITION_INFEASIBLE',
  'MIG_GEOMETRY_UNKNOWN',
  'MIG_STRATEGY_INVALID',
  'MIG_RESET_REQUIRED',
  'MIG_PACKAGE_MISSING',
] as const)('%s comes again with the same configuration, so the run is not tried again', (code) => {
  expect(outcomeOf('plan', failed(code))).toMatchObject({ kind: 'failed', final: true })
})

test.each([
  'MIG_CLUSTER_FORBIDDEN',
  'MIG_CLUSTER_REFUSED',
  'MIG_IN_USE',
  'MIG_STEP_FAILED',
  'MIG_DRIVER_NOT_FOUND',
  'MIG_VERIFY_FAILED',
] as const)('%s may pass, so the run is tried again later', (code) => {
  expect(outcomeOf('apply', failed(code))).toEqual({
    kind: 'failed',
    step: 'apply',
    reason: 'the message',
    final: false,
  })
})

test('the reason of a failure has the hint of the error, and any error has a reason', () => {
  expect(outcomeOf('apply', failed('MIG_IN_USE', 'end them first'))).toMatchObject({
    reason: 'the message (end them first)',
  })
  expect(outcomeOf('apply', new Error('a bug'))).toMatchObject({ reason: 'a bug', final: false })
  expect(outcomeOf('apply', 'a text')).toMatchObject({ kind: 'failed', final: false })
})
