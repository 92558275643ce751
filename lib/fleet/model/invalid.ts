import { MigError } from '../../errors.js'

/** The message begins with the path: `['gpus', 3, 'layout']` becomes `gpus[3].layout`. */
export function invalid(path: readonly (string | number)[], what: string): MigError {
  const place = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
  return new MigError('MIG_FLEET_INVALID', `${place} ${what}.`, {
    issues: [{ path, message: what }],
  })
}
