import { MigError } from '../../errors.js'
import { showValue } from '../../model/check-options.js'

/** `['gpus', 3, 'layout']` is said as `gpus[3].layout`. */
export function invalid(path: readonly (string | number)[], what: string): MigError {
  const place = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
  return new MigError('MIG_FLEET_INVALID', `${place} ${what}.`, {
    issues: [{ path, message: what }],
  })
}

export function requireWhole(
  value: unknown,
  least: number,
  path: readonly (string | number)[],
): number {
  if (!(Number.isSafeInteger(value) && (value as number) >= least)) {
    throw invalid(path, `is ${showValue(value)}, not a whole number from ${least}`)
  }
  return value as number
}
