import { setTimeout as sleep } from 'node:timers/promises'
import type {
  ClusterChange,
  ClusterClient,
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
  | { readonly type: 'CONNECTED' }
  | { readonly type: keyof typeof kinds | 'BOOKMARK'; readonly object: ClusterObject }
  | { readonly type: 'ERROR'; readonly object: { readonly code?: number } }
type FollowedEvents = AsyncGenerator<Exclude<WatchEvent, { type: 'ERROR' }>, void, undefined>

/** Lists a collection and follows its changes, over new connections and new lists as they are needed. */
export async function* watchCollection(
  server: ApiServer,
  collection: ClusterCollection,
  options: WatchOptions,
): AsyncGenerator<ClusterChange, void, undefined> {
  const { signal } = options
  let version: string | null = null
  let attempts = 0
  let isBroken = false
  while (!signal.aborted) {
    try {
      if (version === null) {
        const { items, resourceVersion } = await listAll(server, collection, options)
        version = resourceVersion
        isBroken = false
        yield { kind: 'listed', items }
      }
      const events: FollowedEvents = changesSince(server, collection, version, options)
      for await (const event of events) {
        if (event.type === 'CONNECTED') {
          if (isBroken) yield { kind: 'resumed' }
          isBroken = false
          continue
        }
        const { type, object } = event
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
      isBroken ||= !gone
      if (!gone) yield { kind: 'interrupted', error: toError(error), retryMs }
      if (!gone || attempts > 1) await pause(retryMs, signal)
    }
  }
}

/** What a watch says that is kept up: its changes, and that it has ended and is begun again later. */
export type KeptChange = ClusterChange | { readonly kind: 'ended'; readonly error: Error }

const againMs = 5000

/** Follows a collection until the signal is aborted. A person may mend what has ended a watch, such as a missing permission. */
export async function keepWatching(
  cluster: Pick<ClusterClient, 'watch'>,
  collection: ClusterCollection,
  options: ClusterSelection & { readonly signal: AbortSignal },
  hear: (change: KeptChange) => void,
  rest: (ms: number, signal: AbortSignal) => Promise<void> = pause,
): Promise<void> {
  const { signal } = options
  while (!signal.aborted) {
    try {
      for await (const change of cluster.watch(collection, options)) hear(change)
    } catch (error) {
      if (!signal.aborted) hear({ kind: 'ended', error: toError(error) })
    }
    await rest(againMs, signal)
  }
}

async function* changesSince(
  server: ApiServer,
  collection: ClusterCollection,
  resourceVersion: string,
  { labelSelector, fieldSelector, signal, silenceMs }: WatchOptions,
): FollowedEvents {
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
    yield { type: 'CONNECTED' }
    for await (const line of jsonLines(answer, limit.restart)) {
      const event = line as Exclude<WatchEvent, { type: 'CONNECTED' }>
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
