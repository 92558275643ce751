import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connectCluster } from '../../../lib/agent/client/connect.js'
import type {
  ClusterChange,
  ClusterClient,
  ClusterObject,
} from '../../../types/kubernetes/cluster-client.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { type FaultProxy, startFaultProxy } from '../harness/fault-proxy.js'
import { until } from '../harness/until.js'
import { hasNoCluster } from '../programs.js'

const configMaps = { apiVersion: 'v1', resource: 'configmaps', namespace: 'default' }
const selection = { labelSelector: 'test=watch' }

describe.skipIf(hasNoCluster())('a watch on the real API server', () => {
  let cluster: ControlPlane
  let proxy: FaultProxy
  let admin: ClusterClient
  let followed: Followed
  let serial = 0

  beforeAll(async () => {
    cluster = await startControlPlane()
    proxy = await startFaultProxy(cluster)
    admin = cluster.admin
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    proxy.decide(() => 'pass')
  })
  afterEach(() => followed.stop())

  const put = async (): Promise<string> => {
    const name = `object-${++serial}`
    const metadata = { name, labels: { test: 'watch' } }
    await admin.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata })
    return name
  }
  const follow = async (silenceMs?: number): Promise<Followed> => {
    const kubeconfig = proxy.kubeconfig({ token: cluster.adminToken })
    const options = silenceMs === undefined ? { kubeconfig } : { kubeconfig, silenceMs }
    followed = startFollowing(await connectCluster(options))
    await until('the first list', () => followed.lists() > 0)
    return followed
  }

  test('lists what is there, then reports what is added, changed and deleted, in this order', async () => {
    const before = await put()
    const seen = await follow()
    expect(seen.names()).toContain(before)
    const name = await put()
    await admin.merge({ ...configMaps, name }, { data: { a: '1' } })
    await admin.remove({ ...configMaps, name })
    await until('the deletion', () => seen.kinds().includes('deleted'))
    expect(seen.kinds()).toEqual(['listed', 'added', 'modified', 'deleted'])
    expect(seen.names()).not.toContain(name)
  })

  test('changes while the connection is cut are reported when it is back, without a new list', async () => {
    const seen = await follow()
    const first = await put()
    await until('the first change', () => seen.names().includes(first))
    proxy.decide(() => 'cut')
    proxy.cut()
    await until('the interruption', () => seen.kinds().includes('interrupted'))
    const second = await put()
    proxy.decide(() => 'pass')
    await until('the change of meanwhile', () => seen.names().includes(second))
    expect(seen.lists()).toBe(1)
  })

  test.each([
    [429, 'TooManyRequests'],
    [503, 'ServiceUnavailable'],
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
  ])('an answer %d to the watch itself interrupts it for a while', async (status, reason) => {
    let refused = 0
    proxy.decide(({ url }) =>
      url.searchParams.get('watch') === 'true' && refused++ < 3
        ? { status, body: { kind: 'Status', code: status, reason } }
        : 'pass',
    )
    const seen = await follow()
    const name = await put()
    await until('the change', () => seen.names().includes(name))
    expect(seen.interruption()).toMatchObject({ error: { cluster: { status } } })
    expect(seen.lists()).toBe(1)
  })

  test('410 Gone, as an answer or in the stream, makes it list again', async () => {
    let gone = 0
    proxy.decide(({ url }) => {
      if (url.searchParams.get('watch') !== 'true') return 'pass'
      const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }
      gone++
      if (gone === 1) return { status: 410, body: status }
      return gone === 2 ? { status: 200, body: { type: 'ERROR', object: status } } : 'pass'
    })
    const seen = await follow()
    await until('the lists', () => seen.lists() === 3)
    const name = await put()
    await until('the change', () => seen.names().includes(name))
    expect(seen.kinds()).not.toContain('interrupted')
  })

  test('a connection that has gone silent is given up, and no change is lost', async () => {
    const seen = await follow(2_000)
    const first = await put()
    await until('the first change', () => seen.names().includes(first))
    proxy.silence()
    const second = await put()
    await until('the change of meanwhile', () => seen.names().includes(second))
    expect(seen.interruption()?.error.message).toContain('silent')
  })

  test('a kill -9 of the API server and what changes right after its start are no loss', async () => {
    const seen = await follow()
    const kept = await put()
    const deleted = await put()
    await until('the changes', () => seen.names().includes(deleted))
    await cluster.apiserver.stop('SIGKILL')
    cluster.apiserver.start()
    await cluster.ready()
    await admin.remove({ ...configMaps, name: deleted })
    const added = await put()
    await until('the world of after', () => {
      const names = seen.names()
      return names.includes(added) && names.includes(kept) && !names.includes(deleted)
    })
  })

  test('the real 410: versions that the API server has forgotten while nobody was connected', async () => {
    const seen = await follow()
    const deleted = await put()
    await until('the change', () => seen.names().includes(deleted))
    proxy.decide(() => 'cut')
    proxy.cut()
    await until('the interruption', () => seen.kinds().includes('interrupted'))
    await admin.remove({ ...configMaps, name: deleted })
    const added = await put()
    // A new API server remembers no change from before its start.
    await cluster.apiserver.stop('SIGKILL')
    cluster.apiserver.start()
    await cluster.ready()
    proxy.decide(() => 'pass')
    await until('the world of after', () => {
      const names = seen.names()
      return names.includes(added) && !names.includes(deleted)
    })
    expect(seen.lists()).toBe(2)
  })

  test('etcd that hangs for some seconds, then dies, is an interruption only', async () => {
    const seen = await follow()
    cluster.etcd.pause()
    await sleep(3_000)
    cluster.etcd.resume()
    await cluster.etcd.stop('SIGKILL')
    cluster.etcd.start()
    await cluster.ready()
    const name = await until('a change that etcd takes', () => put().catch(() => null))
    await until('the change', () => seen.names().includes(name))
  })

  test('an abort ends it without an error', async () => {
    const seen = await follow()
    await seen.stop()
    expect(seen.failure()).toBeNull()
  })

  test('a kind that no server knows ends it with MIG_CLUSTER_NOT_FOUND', async () => {
    followed = startFollowing(admin, { apiVersion: 'v1', resource: 'gadgets' })
    expect(await until('the failure', () => followed.failure())).toMatchObject({
      code: 'MIG_CLUSTER_NOT_FOUND',
    })
  })
})

/** What a watch has reported so far. */
interface Followed {
  kinds(): readonly string[]
  lists(): number
  /** The objects that are there by what was reported. */
  names(): readonly string[]
  interruption(): (ClusterChange & { readonly kind: 'interrupted' }) | undefined
  failure(): unknown
  stop(): Promise<void>
}

function startFollowing(
  client: ClusterClient,
  collection = configMaps as { apiVersion: string; resource: string },
): Followed {
  const changes: ClusterChange[] = []
  const names = new Set<string>()
  const controller = new AbortController()
  let failure: unknown = null
  const nameOf = (object: ClusterObject): string => object.metadata.name ?? ''
  const done = (async () => {
    const { signal } = controller
    try {
      for await (const change of client.watch(collection, { ...selection, signal })) {
        changes.push(change)
        if (change.kind === 'listed') {
          names.clear()
          for (const item of change.items) names.add(nameOf(item))
        } else if (change.kind === 'deleted') names.delete(nameOf(change.object))
        else if ('object' in change) names.add(nameOf(change.object))
      }
    } catch (error) {
      failure = error
    }
  })()
  return {
    kinds: () => changes.map(({ kind }) => kind),
    lists: () => changes.filter(({ kind }) => kind === 'listed').length,
    names: () => [...names],
    interruption: () => changes.find((change) => change.kind === 'interrupted'),
    failure: () => failure,
    async stop() {
      controller.abort()
      await done
    },
  }
}
