import { MigError } from '../../errors.js'
import { formatPath } from '../../model/document-path.js'

/** The message begins with the path: `['gpus', 3, 'layout']` becomes `gpus[3].layout`. */
export function invalid(path: readonly (string | number)[], what: string): MigError {
  return new MigError('MIG_FLEET_INVALID', `${formatPath(path)} ${what}.`, {
    issues: [{ path, message: what }],
  })
}
