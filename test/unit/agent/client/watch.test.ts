import { describe, expect, test } from 'vitest'
import type { ClusterChange } from '../../../../types/kubernetes/cluster-client.js'
import { rejectionOf } from '../../../support/errors.js'
import { failure } from '../../../support/http-cluster-objects.js'
import { eachTestConnects } from './client-on-http.js'

const nodes = { apiVersion: 'v1', resource: 'nodes' }

describe('a watch over HTTP', () => {
  const world = eachTestConnects()
  const put = (name: string): void => {
    world().cluster.put(`/api/v1/nodes/${name}`, { metadata: {} })
  }
  const isWatch = ({ query }: { readonly query: URLSearchParams }): boolean =>
    query.get('watch') === 'true'

  /** The kinds and names of what a watch reports, until the object `last` was added. */
  async function follow(
    during: (change: ClusterChange) => void,
    options: { readonly silenceMs?: number; readonly labelSelector?: string } = {},
  ): Promise<{ readonly seen: readonly string[]; readonly changes: readonly ClusterChange[] }> {
    const { silenceMs, ...selection } = options
    const client = await world().connect(silenceMs === undefined ? {} : { silenceMs })
    const controller = new AbortController()
    const changes: ClusterChange[] = []
    for await (const change of client.watch(nodes, { ...selection, signal: controller.signal })) {
      changes.push(change)
      if (wordsOf(change) === 'added last') controller.abort()
      else during(change)
    }
    return { seen: changes.map(wordsOf), changes }
  }

  test('lists what is there, then reports each change once, in this order, and ends at an abort', async () => {
    put('one')
    const { cluster } = world()
    const { seen } = await follow((change) => {
      if (change.kind !== 'listed') return
      put('two')
      put('one')
      cluster.drop('/api/v1/nodes/two')
      put('last')
    })
    expect(seen).toEqual(['listed one', 'added two', 'modified one', 'deleted two', 'added last'])
    expect(cluster.requests).toHaveLength(2)
  })

  test('what happens while the connection is cut is reported once, without a new list', async () => {
    const { cluster } = world()
    const { seen, changes } = await follow(({ kind }) => {
      if (kind === 'listed') put('one')
      else if (kind === 'added') cluster.cutWatches()
      else if (kind === 'interrupted') put('last')
    })
    expect(seen).toEqual(['listed ', 'added one', 'interrupted', 'resumed', 'added last'])
    expect(changes[2]).toMatchObject({
      error: { code: 'MIG_CLUSTER_UNAVAILABLE', cluster: { status: null } },
    })
    const { retryMs } = changes[2] as { readonly retryMs: number }
    expect(retryMs).toBeGreaterThanOrEqual(250)
    expect(retryMs).toBeLessThanOrEqual(500)
  })

  test('a bookmark is no change, and the watch goes on from it', async () => {
    const { cluster } = world()
    let watches = 0
    cluster.decide = (request) => {
      if (!isWatch(request)) return 'pass'
      if (++watches > 1) return 'pass'
      put('before-the-bookmark')
      const metadata = { resourceVersion: '5000' }
      return {
        status: 200,
        body: `${JSON.stringify({ type: 'BOOKMARK', object: { metadata } })}\n`,
      }
    }
    const controller = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const change of world().client.watch(nodes, { signal: controller.signal }))
        seen.push(wordsOf(change))
    })()
    while (cluster.watches() === 0) await new Promise(setImmediate)
    controller.abort()
    await reading
    expect(seen).toEqual(['listed '])
    expect(cluster.requests.at(-1)?.query.get('resourceVersion')).toBe('5000')
  })

  test('410 Gone, as an answer or in the stream, makes it list again at once', async () => {
    const { cluster } = world()
    let watches = 0
    cluster.decide = (request) => {
      if (!isWatch(request)) return 'pass'
      watches++
      const gone = failure(410, 'Expired', 'too old resource version')
      if (watches === 1) return gone
      if (watches === 2)
        return { status: 200, body: `${JSON.stringify({ type: 'ERROR', object: gone.body })}\n` }
      put('last')
      return 'pass'
    }
    const { seen } = await follow(() => {})
    expect(seen).toEqual(['listed ', 'listed ', 'listed ', 'added last'])
  })

  test('another error in the stream interrupts the watch, and names the status', async () => {
    const { cluster } = world()
    let watches = 0
    cluster.decide = (request) => {
      if (!isWatch(request)) return 'pass'
      if (++watches > 1) return 'pass'
      const { body } = failure(500, 'InternalError', 'etcd has no leader')
      return { status: 200, body: `${JSON.stringify({ type: 'ERROR', object: body })}\n` }
    }
    const { seen, changes } = await follow(({ kind }) => {
      if (kind === 'interrupted') put('last')
    })
    expect(seen).toEqual(['listed ', 'interrupted', 'resumed', 'added last'])
    expect(changes[1]).toMatchObject({ error: { cluster: { status: 500 } } })
  })

  test.each([
    [429, 'TooManyRequests'],
    [503, 'ServiceUnavailable'],
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
  ])('an answer %d to the watch interrupts it, and each wait is longer', async (status, reason) => {
    const { cluster } = world()
    let refused = 0
    // A call that gets 401 is made twice, in case that the token has been renewed.
    cluster.decide = (request) =>
      isWatch(request) && refused++ < (status === 401 ? 4 : 2)
        ? failure(status, reason, 'not now')
        : 'pass'
    let interruptions = 0
    const { seen, changes } = await follow(({ kind }) => {
      if (kind === 'interrupted' && ++interruptions === 2) put('last')
    })
    expect(seen).toEqual(['listed ', 'interrupted', 'interrupted', 'resumed', 'added last'])
    expect(changes[1]).toMatchObject({ error: { cluster: { status } } })
    const [first = 0, second = 0] = changes.flatMap((change) =>
      change.kind === 'interrupted' ? [change.retryMs] : [],
    )
    expect(first).toBeLessThanOrEqual(500)
    expect(second).toBeGreaterThanOrEqual(500)
    expect(second).toBeLessThanOrEqual(1000)
  })

  test('a watch that the server ends again and again goes on, with rests and no interruption', async () => {
    const { cluster } = world()
    let ended = 0
    cluster.decide = (request) => {
      if (!isWatch(request)) return 'pass'
      if (++ended <= 2) return 'end'
      put('last')
      return 'pass'
    }
    const { seen } = await follow(() => {})
    expect(seen).toEqual(['listed ', 'added last'])
    expect(cluster.requests.filter((request) => !isWatch(request))).toHaveLength(1)
  })

  test('a connection that stays silent is given up, and no change is lost', async () => {
    const { cluster } = world()
    let watches = 0
    cluster.decide = (request) => (isWatch(request) && ++watches === 1 ? 'hang' : 'pass')
    const { seen, changes } = await follow(
      ({ kind }) => {
        if (kind === 'interrupted') put('last')
      },
      { silenceMs: 300 },
    )
    expect(seen[0]).toBe('listed ')
    expect(seen).toContain('interrupted')
    expect(seen.at(-1)).toBe('added last')
    const interruption = changes.find(({ kind }) => kind === 'interrupted')
    expect(interruption).toMatchObject({ error: { code: 'MIG_CLUSTER_UNAVAILABLE' } })
    expect(String(Reflect.get(Object(interruption), 'error'))).toContain('silent for 300 ms')
  })

  test('a watch by label lists and reports only what has it', async () => {
    const labelled = (name: string, label: string): void => {
      world().cluster.put(`/api/v1/nodes/${name}`, { metadata: { labels: { gpu: label } } })
    }
    labelled('one', 'yes')
    labelled('other', 'no')
    const { seen } = await follow(
      ({ kind }) => {
        if (kind !== 'listed') return
        labelled('another', 'no')
        labelled('last', 'yes')
      },
      { labelSelector: 'gpu=yes' },
    )
    expect(seen).toEqual(['listed one', 'added last'])
  })

  test('what time does not mend ends the watch with its error', async () => {
    const { cluster, client } = world()
    cluster.decide = () => failure(404, 'NotFound', 'no such kind')
    const watch = client.watch(nodes, { signal: new AbortController().signal })
    const error = await rejectionOf(watch[Symbol.asyncIterator]().next())
    expect(error.code).toBe('MIG_CLUSTER_NOT_FOUND')
    expect(cluster.requests).toHaveLength(1)
  })

  test('a signal that is aborted before makes no call', async () => {
    const { cluster, client } = world()
    const changes: ClusterChange[] = []
    for await (const change of client.watch(nodes, { signal: AbortSignal.abort() }))
      changes.push(change)
    expect(changes).toEqual([])
    expect(cluster.requests).toEqual([])
  })

  test('an abort ends the wait after an interruption at once', async () => {
    const { cluster, client } = world()
    cluster.decide = () => 'cut'
    const controller = new AbortController()
    const changes: string[] = []
    for await (const { kind } of client.watch(nodes, { signal: controller.signal })) {
      changes.push(kind)
      controller.abort()
    }
    expect(changes).toEqual(['interrupted'])
  })
})

function wordsOf(change: ClusterChange): string {
  if (change.kind === 'listed')
    return `listed ${change.items.map(({ metadata }) => metadata.name).join(' ')}`
  return 'object' in change ? `${change.kind} ${change.object.metadata.name}` : change.kind
}
