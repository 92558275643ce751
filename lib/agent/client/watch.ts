import { setTimeout as sleep } from 'node:timers/promises'
import type {
  ClusterChange,
  ClusterCollection,
  ClusterObject,
  ClusterSelection,
} from '../../../types/kubernetes/cluster-client.js'
import { toError } from '../../errors.js'
import { collectionPath, describeObject } from './api-paths.js'
import type { ApiCall, ApiServer } from './api-server.js'
import { failedCall, isTransient, statusOf, unreachable } from './failures.js'
import { limitCall } from './http-call.js'
import { jsonLines } from './json-lines.js'
import { listAll } from './objects.js'

/** How a watch is kept up. */
export interface WatchOptions extends ClusterSelection {
  readonly signal: AbortSignal
  /** A connection that is silent for so long is given up, in milliseconds. */
  readonly silenceMs: number
}

const kinds = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const
type WatchEvent =
  | { readonly type: keyof typeof kinds | 'BOOKMARK'; readonly object: ClusterObject }
  | { readonly type: 'ERROR'; readonly object: { readonly code?: number } }

/** Lists a collection and follows its changes, over new connections and new lists as they are needed. */
export async function* watchCollection(
  server: ApiServer,
  collection: ClusterCollection,
  options: WatchOptions,
): AsyncGenerator<ClusterChange, void, undefined> {
  const { signal } = options
  let version: string | null = null
  let attempts = 0
  while (!signal.aborted) {
    try {
      if (version === null) {
        const { items, resourceVersion } = await listAll(server, collection, options)
        version = resourceVersion
        yield { kind: 'listed', items }
      }
      for await (const { type, object } of changesSince(server, collection, version, options)) {
        attempts = 0
        version = object.metadata.resourceVersion ?? version
        if (type !== 'BOOKMARK') yield { kind: kinds[type], object }
      }
      // The server ends each watch after a while. One that it ends at once must not be a loop without rest.
      if (attempts++ > 0) await pause(delayOf(attempts), signal)
    } catch (error) {
      if (signal.aborted) return
      // Gone: the changes since that version are forgotten.
      const gone = statusOf(error) === 410
      if (gone) version = null
      else if (!isTransient(error)) throw error
      const retryMs = delayOf(attempts++)
      if (!gone) yield { kind: 'interrupted', error: toError(error), retryMs }
      if (!gone || attempts > 1) await pause(retryMs, signal)
    }
  }
}

async function* changesSince(
  server: ApiServer,
  collection: ClusterCollection,
  resourceVersion: string,
  { labelSelector, fieldSelector, signal, silenceMs }: WatchOptions,
) {
  const call: ApiCall = {
    method: 'GET',
    path: collectionPath(collection),
    what: `watch ${describeObject(collection)}`,
    query: {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion,
      labelSelector,
      fieldSelector,
    },
  }
  using limit = limitCall(signal, silenceMs)
  try {
    const answer = await server.follow(call, limit)
    for await (const line of jsonLines(answer, limit.restart)) {
      const event = line as WatchEvent
      if (event.type === 'ERROR')
        throw failedCall(call.what, event.object.code ?? 500, {}, JSON.stringify(event.object))
      yield event
    }
  } catch (error) {
    if (limit.expired()) throw unreachable(call.what, `silent for ${silenceMs} ms`, error)
    if (statusOf(error) !== null || isTransient(error)) throw error
    throw unreachable(call.what, `the connection broke: ${toError(error).message}`, error)
  }
}

// From half a second to half a minute. A random part keeps the agents of a cluster from coming back all at once.
function delayOf(attempts: number): number {
  return Math.round(Math.min(500 * 2 ** attempts, 30_000) * (0.5 + Math.random() / 2))
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
