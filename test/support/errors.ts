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

/** The same of a promise that rejects. */
export async function rejectionOf(work: Promise<unknown>): Promise<MigError> {
  const error = await work.then(
    () => new Error('It did not reject'),
    (thrown: unknown) => thrown,
  )
  if (isMigError(error)) return error
  throw error
}
