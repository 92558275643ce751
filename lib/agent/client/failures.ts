import type { IncomingHttpHeaders } from 'node:http'
import type { ClusterFailure, MigCode } from '../../../types/model/errors.js'
import { isMigError, MigError } from '../../errors.js'

/** The `Status` object with which the API server explains a failure. */
interface StatusBody {
  readonly reason?: string
  readonly message?: string
  readonly details?: {
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { readonly reason?: string; readonly message?: string }[]
  }
}

/** A failed call, by what the server answered. `patched`: it was a JSON patch with a test. */
export function failedCall(
  what: string,
  status: number,
  headers: IncomingHttpHeaders,
  body: string,
  patched = false,
): MigError {
  const answer = parseStatus(body)
  const causes = answer?.details?.causes ?? []
  const texts = [answer?.message ?? body.slice(0, 200).trim(), ...causes.map(causeText)]
  const message = texts.filter((text, index) => text !== '' && texts.indexOf(text) === index)
  // A test of a JSON patch that fails and an object that makes no sense are both 422; only the latter has causes.
  const stale = status === 422 && patched && causes.length === 0
  return clusterError(
    stale ? 'MIG_CLUSTER_CONFLICT' : codeOf(status),
    `${what}: ${message.join('; ') || 'no reason given'} (HTTP ${status})`,
    {
      status,
      reason: answer?.reason ?? null,
      retryAfterMs: retryAfter(headers['retry-after'] ?? answer?.details?.retryAfterSeconds),
    },
  )
}

/** A call without an answer, or with a part of one: no connection, a broken one, a time limit. */
export function unreachable(what: string, why: string, cause?: unknown): MigError {
  return clusterError(
    'MIG_CLUSTER_UNAVAILABLE',
    `${what}: ${why}`,
    { status: null, reason: null, retryAfterMs: null },
    cause,
  )
}

/** The HTTP status of a failed call. Null: there was none, or it is another error. */
export function statusOf(error: unknown): number | null {
  return isMigError(error) ? (error.cluster?.status ?? null) : null
}

/** Whether a failed call may succeed later though nothing else changes here. */
export function isTransient(error: unknown): boolean {
  // 401 and 403: tokens are renewed, and an API server that has just started has not read its roles yet.
  return (
    isMigError(error) &&
    ['MIG_CLUSTER_UNAVAILABLE', 'MIG_CLUSTER_FORBIDDEN', 'MIG_CLUSTER_CONFIG'].includes(error.code)
  )
}

function clusterError(
  code: MigCode,
  message: string,
  cluster: ClusterFailure,
  cause?: unknown,
): MigError {
  return new MigError(code, message, { cluster, cause })
}

function codeOf(status: number): MigCode {
  if (status === 401 || status === 403) return 'MIG_CLUSTER_FORBIDDEN'
  if (status === 404) return 'MIG_CLUSTER_NOT_FOUND'
  if (status === 409) return 'MIG_CLUSTER_CONFLICT'
  if (status === 429 || status >= 500) return 'MIG_CLUSTER_UNAVAILABLE'
  return 'MIG_CLUSTER_REFUSED'
}

function causeText({ reason, message }: { readonly reason?: string; readonly message?: string }) {
  return message ?? reason ?? ''
}

// A date, which HTTP allows too, is none of the API server's answers.
function retryAfter(seconds: string | number | undefined): number | null {
  const value = Number(seconds ?? Number.NaN)
  return Number.isFinite(value) && value >= 0 ? value * 1000 : null
}

function parseStatus(body: string): StatusBody | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null // A proxy in between answers with text or HTML.
  }
}
