import { isMigError, isNvmlError, type MigError, type NvmlError } from '../../lib/errors.js'

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

/** The `MigError` that a promise rejects with; anything else fails the test. */
export async function rejectionOf(work: Promise<unknown>): Promise<MigError> {
  const error = await reasonOf(work)
  if (isMigError(error)) return error
  throw error
}

/** The `NvmlError` that a promise rejects with; anything else fails the test. */
export async function nvmlRejectionOf(work: Promise<unknown>): Promise<NvmlError> {
  const error = await reasonOf(work)
  if (isNvmlError(error)) return error
  throw error
}

/** Whatever a promise rejects with. A promise that resolves fails the test. */
export async function reasonOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (reason) {
    return reason
  }
  throw new Error('It did not reject')
}
