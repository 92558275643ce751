import { expect, test } from 'vitest'
import { changeMode } from '../../../lib/apply/steps/change-mode.js'
import type { DriverSession } from '../../../lib/driver/session.js'
import { rejectionOf } from '../../support/errors.js'

/** A driver that reports success for every request of a mode, and leaves the mode as it is. */
function lyingSession(enabled: boolean): DriverSession {
  const session: Pick<DriverSession, 'setMigMode' | 'readMigMode' | 'skipReset'> = {
    skipReset: false,
    setMigMode: async () => ({ activation: 0 }),
    readMigMode: async () => ({ enabled, pending: enabled }),
  }
  return session as DriverSession
}

test.each([
  [true, 'turning MIG mode on, and the mode is still off'],
  [false, 'turning MIG mode off, and the mode is still on'],
])('a mode that never came to be %s is the fault that is named', async (enabled, words) => {
  const step = { kind: 'set-mig-mode', gpu: 'GPU-1', gpuIndex: 3, enabled } as const
  const error = await rejectionOf(changeMode(lyingSession(!enabled), step))
  expect(error.code).toBe('MIG_VERIFY_FAILED')
  expect(error.message).toBe(`GPU 3: the driver reports success for ${words}`)
})
