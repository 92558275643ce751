import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ClusterObject } from '../../types/kubernetes/cluster-client.js'
import {
  type ApiAnswer,
  type ApiStore,
  answerApi,
  isSelected,
  type SeenRequest,
} from './http-cluster-objects.js'

/** What becomes of a request: the usual answer, this one, a cut connection, half an answer, no answer, or a watch that ends at once. */
export type Fate = 'pass' | 'cut' | 'half' | 'hang' | 'end' | ApiAnswer

/** An API server over HTTP that keeps its objects in memory, by their paths. */
export interface HttpCluster extends ApiStore, AsyncDisposable {
  readonly server: string
  readonly requests: SeenRequest[]
  decide: (request: SeenRequest) => Fate
  /** Cuts the connections of all watches. */
  cutWatches(): void
  /** How many watches are open. */
  watches(): number
}

interface Watch {
  readonly path: string
  readonly query: URLSearchParams
  readonly response: ServerResponse
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly path: string
  readonly object: ClusterObject
}

export async function startHttpCluster(): Promise<HttpCluster> {
  const watches = new Set<Watch>()
  const history: WatchEvent[] = []
  let version = 100
  let serial = 0

  function note(type: WatchEvent['type'], path: string, object: ClusterObject): ClusterObject {
    const metadata = { ...object.metadata, resourceVersion: String(++version) }
    const event = { type, path, object: { ...structuredClone(object), metadata } }
    history.push(event)
    for (const watch of watches) write(watch, event)
    return event.object
  }

  const cluster: Omit<HttpCluster, 'server'> = {
    requests: [],
    objects: new Map(),
    budgets: new Map(),
    decide: () => 'pass',
    put(path, object) {
      const before = cluster.objects.get(path)
      const uid = before?.metadata.uid ?? `uid-${++serial}`
      const metadata = { name: path.split('/').at(-1) ?? '', ...object.metadata, uid }
      const stored = note(before === undefined ? 'ADDED' : 'MODIFIED', path, {
        ...object,
        metadata,
      })
      cluster.objects.set(path, stored)
      return structuredClone(stored)
    },
    drop(path) {
      const object = cluster.objects.get(path)
      cluster.objects.delete(path)
      if (object !== undefined) note('DELETED', path, object)
    },
    cutWatches() {
      for (const { response } of watches) response.socket?.destroy()
    },
    watches: () => watches.size,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  function follow(request: SeenRequest, response: ServerResponse): void {
    const watch = { path: request.path, query: request.query, response }
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    for (const event of history)
      if (
        Number(event.object.metadata.resourceVersion) > Number(request.query.get('resourceVersion'))
      )
        write(watch, event)
    watches.add(watch)
    response.on('close', () => watches.delete(watch))
  }

  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://server')
      const request: SeenRequest = {
        method: incoming.method ?? '',
        path: pathname,
        query: searchParams,
        headers: incoming.headers,
        body: body === '' ? undefined : JSON.parse(body),
      }
      cluster.requests.push(request)
      const fate = cluster.decide(request)
      if (fate === 'hang') return
      if (fate === 'cut') return void response.socket?.destroy()
      if (fate === 'half') {
        response.writeHead(200, { 'content-length': 1000 }).write('{"items":')
        return void setImmediate(() => response.socket?.destroy())
      }
      if (fate === 'end') return void response.writeHead(200).end()
      if (fate === 'pass' && searchParams.get('watch') === 'true') return follow(request, response)
      const answer = fate === 'pass' ? answerApi(cluster, request, version) : fate
      const sent = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
      response.writeHead(answer.status, answer.headers).end(sent)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(cluster, { server: `http://127.0.0.1:${port}` })
}

function write({ path, query, response }: Watch, event: WatchEvent): void {
  if (!event.path.startsWith(`${path}/`) || !isSelected(event.object, query)) return
  response.write(`${JSON.stringify({ type: event.type, object: event.object })}\n`)
}
