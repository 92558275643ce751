import { isMigError, type MigError } from '../../lib/errors.js'

/** The `MigError` that an action throws; anything else fails the test. */
export function migErrorOf(action: () => unknown): MigError {
  try {
    action()
  } catch (error) {
    if (isMigError(error)) return error
    throw error
  }
  throw new Error('It did not throw')
}
