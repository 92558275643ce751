import type { MigErrorDetails } from '../types/machine/errors.js'
import type { ApplyReport } from '../types/machine/report.js'
import type { MigCode, NvmlCode, NvmlErrorDetails } from '../types/model/errors.js'
import { nvmlCodeName } from './nvml-codes.js'

const brand = Symbol.for('mig-nvml.error')

/** An NVML call that did not succeed. */
export class NvmlError extends Error implements NvmlErrorDetails {
  declare readonly code: NvmlCode
  declare readonly ret: number
  declare readonly fn: string
  declare readonly gpu?: `GPU-${string}`
  declare readonly gpuInstance?: number
  declare readonly computeInstance?: number

  constructor(details: NvmlErrorDetails, message?: string) {
    super(message ?? describeNvmlFailure(details))
    assignDefined(this, { code: nvmlCodeName(details.ret), ...details })
  }

  /** `structuredClone` and `postMessage` keep only name, message and stack of an error: send this. */
  toJSON(): object {
    return errorData(this)
  }
}

/** Any other problem that keeps this library from its work. */
export class MigError extends Error implements MigErrorDetails {
  declare readonly code: MigCode
  declare readonly issues?: NonNullable<MigErrorDetails['issues']>
  declare readonly report?: NonNullable<MigErrorDetails['report']>
  declare readonly holders?: NonNullable<MigErrorDetails['holders']>
  declare readonly hook?: NonNullable<MigErrorDetails['hook']>
  declare readonly errors?: NonNullable<MigErrorDetails['errors']>
  declare readonly cluster?: NonNullable<MigErrorDetails['cluster']>
  declare readonly hint?: string

  constructor(code: MigCode, message: string, details: MigErrorDetails = {}) {
    const { cause, ...rest } = details
    super(message, cause === undefined ? undefined : { cause })
    assignDefined(this, { code, ...rest })
  }

  /** `structuredClone` and `postMessage` keep only name, message and stack of an error: send this. */
  toJSON(): object {
    return errorData(this)
  }
}

// On the prototype and not enumerable, as in Node's own errors. The brand lets two copies of this package,
// or two realms, recognise each other's errors.
for (const [type, name] of [
  [NvmlError, 'NvmlError'],
  [MigError, 'MigError'],
] as const) {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true })
  Object.defineProperty(type.prototype, brand, { value: name })
}

/** Whether this is an `NvmlError`, even from another copy of this package or another realm. */
export function isNvmlError(error: unknown): error is NvmlError {
  return brandOf(error) === 'NvmlError'
}

/** Whether this is a `MigError`, even from another copy or realm. docs/errors.md lists the values of `code`. */
export function isMigError(error: unknown): error is MigError {
  return brandOf(error) === 'MigError'
}

/** The thrown value as an error, because JavaScript can throw any value. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** The error of an operation that a signal stopped. Its name and code are those of Node's own functions. */
export function abortedError(
  reason: unknown,
  what: string,
  end: { readonly report: ApplyReport; readonly text: string } | null = null,
): MigError {
  const why = reason instanceof Error && reason.name !== 'AbortError' ? ` (${reason.message})` : ''
  const outcome = end === null ? '' : `; ${end.text}`
  const details = end === null ? { cause: reason } : { cause: reason, report: end.report }
  const error = new MigError('ABORT_ERR', `${what} was stopped${why}${outcome}`, details)
  Object.defineProperty(error, 'name', { value: 'AbortError', enumerable: false })
  return error
}

/** All properties of an error as data, including its cause. */
export function errorData(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { cause, errors } = error as Error & { readonly errors?: unknown }
  return {
    ...error,
    name: error.name,
    message: error.message,
    ...(cause === undefined ? {} : { cause: errorData(cause) }),
    ...(Array.isArray(errors) ? { errors: errors.map(errorData) } : {}),
  }
}

function brandOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, brand) : undefined
}

function assignDefined(error: Error, properties: object): void {
  for (const [key, value] of Object.entries(properties)) {
    if (value !== undefined) Object.defineProperty(error, key, { value, enumerable: true })
  }
}

function describeNvmlFailure(details: NvmlErrorDetails): string {
  const place = [
    details.gpu,
    details.gpuInstance === undefined ? undefined : `GPU instance ${details.gpuInstance}`,
    details.computeInstance === undefined
      ? undefined
      : `compute instance ${details.computeInstance}`,
  ].filter((part) => part !== undefined)
  const where = place.length > 0 ? ` on ${place.join(', ')}` : ''
  return `${details.fn}${where}: ${nvmlCodeName(details.ret)}`
}
