import { describe, expect, test } from 'vitest'
import { conditionOf } from '../../../../lib/kubernetes/agent/condition.js'
import { noRecord } from '../../../../lib/kubernetes/agent/record.js'
import type { AgentRecord } from '../../../../types/kubernetes/agent.js'

const conditionWith = (parts: Partial<AgentRecord>) =>
  conditionOf({ ...noRecord, config: 'halves', ...parts })
const named = 'the MIG configuration "halves"'

describe('what kubectl describe node shows', () => {
  test.each([
    ['validate', 'Validate', 'checking'],
    ['plan', 'Plan', 'planning'],
    ['fence', 'Fence', 'keeping new pods away'],
    ['evict', 'Evict', 'waiting for the pods in the way'],
    ['pause', 'Pause', 'waiting for the clients of the GPUs to go'],
    ['reboot', 'Reboot', 'rebooting'],
    ['apply', 'Apply', 'changing the layout'],
    ['verify', 'Verify', 'comparing the machine'],
    ['publish', 'Publish', 'writing the CDI specification'],
    ['resume', 'Resume', 'letting the clients come back'],
    ['await', 'Await', 'waiting until the node advertises its devices'],
    ['unfence', 'Unfence', 'letting new pods come'],
    ['roll-back', 'RollBack', 'bringing back the layout'],
  ] as const)('at the step %s is the reason %s and what it does', (step, reason, what) => {
    expect(conditionWith({ step, state: 'pending' })).toEqual({
      type: 'MigConfigured',
      status: 'False',
      reason,
      message: `${named}: ${what}`,
    })
  })

  test('on the way back is why, and what that waits for', () => {
    const failing = { step: 'apply', reason: 'the driver refuses', final: false } as const
    expect(conditionWith({ step: 'roll-back', state: 'pending', failing })).toMatchObject({
      status: 'False',
      reason: 'RollingBack',
      message: `${named}: going back: the driver refuses`,
    })
    const waiting = { step: 'roll-back', state: 'pending', failing, reason: 'attempt 1' } as const
    expect(conditionWith(waiting).message).toBe(
      `${named}: going back: the driver refuses: attempt 1`,
    )
  })

  test.each([
    [{ state: 'success' }, 'True', 'Applied', `${named} is in effect`],
    [{ state: 'failed', reason: 'no driver' }, 'False', 'Failed', `${named} failed: no driver`],
    [{ state: null, reason: 'this is a dry run' }, 'Unknown', 'Idle', 'this is a dry run'],
    [{ state: null }, 'Unknown', 'Idle', named],
    [{ state: null, config: null }, 'Unknown', 'Idle', 'no MIG configuration'],
  ] as const)(
    'with nothing under way is, for %j, the status %s',
    (parts, status, reason, message) => {
      expect(conditionWith({ step: 'idle', ...parts })).toEqual({
        type: 'MigConfigured',
        status,
        reason,
        message,
      })
    },
  )

  test('is no longer than a table takes, and says that it is cut', () => {
    const longest = `${named} failed: `
    const fits = 'x'.repeat(1024 - longest.length)
    const messageOf = (reason: string): string =>
      conditionWith({ step: 'idle', state: 'failed', reason }).message
    expect(messageOf(fits)).toBe(`${longest}${fits}`)
    expect(messageOf(`${fits}y`)).toBe(`${longest}${fits.slice(1)}…`)
  })
})
