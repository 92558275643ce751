import { isMigError, toError } from '../../errors.js'
import { statusOf } from '../client/failures.js'
import type { Clock } from './clock.js'

/** Does something, under a name. Null: it has failed for a while, and the next look decides. */
export type Patience = <T>(what: string, action: () => Promise<T>) => Promise<T | null>

/** So long a refusal may last: a token is renewed, and an API server that has just started reads its roles. */
const refusedMs = 60_000

/**
 * An API server that is away and a node that has changed in between are waited for. A refusal is, too, for a minute, but only of what
 * the API server has allowed before: a role that lacks something is an error at once.
 */
export function createPatience({
  clock,
  signal,
  log,
}: {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}): Patience {
  const allowed = new Set<string>()
  const refusedSince = new Map<string, number>()

  function mayPass(what: string, error: unknown): boolean {
    const code = isMigError(error) ? error.code : ''
    if (code === 'MIG_CLUSTER_UNAVAILABLE' || code === 'MIG_CLUSTER_CONFLICT') return true
    if (code !== 'MIG_CLUSTER_FORBIDDEN' && code !== 'MIG_CLUSTER_CONFIG') return false
    // A token that is refused is the same one for every call.
    const isOfToken = code === 'MIG_CLUSTER_CONFIG' || statusOf(error) === 401
    if (isOfToken ? allowed.size === 0 : !allowed.has(what)) return false
    const since = refusedSince.get(what) ?? clock.now()
    refusedSince.set(what, since)
    return clock.now() - since < refusedMs
  }

  return async (what, action) => {
    try {
      const value = await action()
      allowed.add(what)
      refusedSince.delete(what)
      return value
    } catch (error) {
      signal.throwIfAborted()
      if (!mayPass(what, error)) throw error
      log(toError(error).message)
      return null
    }
  }
}
