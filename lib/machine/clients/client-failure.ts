import type { CompletedApply } from '../../../types/machine/report.js'
import { isMigError, MigError } from '../../errors.js'

/** The error of an apply that is as wanted, after which a client did not start again. */
export function notStartedAfter(report: CompletedApply, error: Error): MigError {
  const { hint, errors } = isMigError(error) ? error : {}
  return new MigError('MIG_CLIENT_FAILED', `${error.message}; the machine is as wanted`, {
    report,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    ...(errors === undefined ? {} : { errors }),
  })
}

/** The error of an apply that has failed, after which a client did not start again either. */
export function alsoNotStarted(error: Error, notStarted: Error): Error {
  if (!isMigError(error))
    return Object.assign(error, { message: `${error.message}; ${notStarted.message}` })
  const { code, report, holders, hook, hint, issues } = error
  return new MigError(code, `${error.message}; ${notStarted.message}`, {
    cause: error,
    errors: [error, notStarted],
    ...(report === undefined ? {} : { report }),
    ...(holders === undefined ? {} : { holders }),
    ...(hook === undefined ? {} : { hook }),
    ...(hint === undefined ? {} : { hint }),
    ...(issues === undefined ? {} : { issues }),
  })
}
