import { describe, expect, test } from 'vitest'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'
import { rejectionOf } from '../../../support/errors.js'
import { failure } from '../../../support/http-cluster-objects.js'
import { eachTestConnects } from './client-on-http.js'

const configMaps = { apiVersion: 'v1', resource: 'configmaps', namespace: 'default' }
const folder = '/api/v1/namespaces/default/configmaps'
const nodes = { apiVersion: 'v1', resource: 'nodes' }
const configMap = (name: string, data: object = {}): ClusterObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})

describe('objects over HTTP', () => {
  const world = eachTestConnects()
  const fill = (count: number): readonly string[] => {
    const names = Array.from({ length: count }, (_, index) => `many-${index}`)
    for (const name of names) world().cluster.put(`${folder}/${name}`, configMap(name))
    return names.sort()
  }
  const namesOf = (items: readonly ClusterObject[]): readonly unknown[] =>
    items.map(({ metadata }) => metadata.name).sort()

  test('an object of an API group is found, and one whose name needs escaping', async () => {
    const { cluster, client } = world()
    const slices = { apiVersion: 'resource.k8s.io/v1', resource: 'resourceslices' }
    cluster.put('/apis/resource.k8s.io/v1/resourceslices/one', { metadata: {}, spec: { a: 1 } })
    expect(await client.get({ ...slices, name: 'one' })).toMatchObject({ spec: { a: 1 } })
    cluster.put('/api/v1/namespaces/default/configmaps/a%2Fb', configMap('a/b'))
    expect(await client.get({ ...configMaps, name: 'a/b' })).not.toBeNull()
  })

  test('a created object is there with what it was given, and a second one of its name is a conflict', async () => {
    const { cluster, client } = world()
    await client.create(configMaps, configMap('one', { a: '1' }))
    expect(cluster.objects.get(`${folder}/one`)).toMatchObject({ data: { a: '1' } })
    const error = await rejectionOf(client.create(configMaps, configMap('one')))
    expect(error).toMatchObject({
      code: 'MIG_CLUSTER_CONFLICT',
      cluster: { status: 409, reason: 'AlreadyExists', retryAfterMs: null },
    })
    expect(error.message).toContain('create configmaps default/one: ')
  })

  test('a misspelt field is refused by create, merge and apply, and not dropped', async () => {
    const { cluster, client } = world()
    const wrong = { ...configMap('one'), dta: { a: '1' } }
    const object = { ...configMaps, name: 'there' }
    cluster.put(`${folder}/there`, configMap('there'))
    const calls = [
      () => client.create(configMaps, wrong),
      () => client.merge(object, { dta: {} }),
      () => client.apply(object, wrong, { fieldManager: 'us' }),
    ]
    for (const call of calls) {
      const error = await rejectionOf(call())
      expect(error.code).toBe('MIG_CLUSTER_REFUSED')
      expect(error.message).toContain('dta')
    }
  })

  test('a list of three pages has each object once, and the version of its first page', async () => {
    const { client, cluster } = world()
    const names = fill(1100)
    let pages = 0
    cluster.decide = () => {
      // Somebody else writes between the pages.
      if (++pages > 1) cluster.put('/api/v1/nodes/other', { metadata: {} })
      return 'pass'
    }
    const version = cluster.objects.get(`${folder}/many-1099`)?.metadata.resourceVersion
    const { items, resourceVersion } = await client.list(configMaps)
    expect(namesOf(items)).toEqual(names)
    expect(resourceVersion).toBe(version)
    expect(pages).toBe(3)
  })

  test('a list whose pages the server has forgotten begins again, and has each object once', async () => {
    const { client, cluster } = world()
    const names = fill(1100)
    let refused = 0
    cluster.decide = ({ query }) =>
      query.get('continue')?.endsWith('-1000') && refused++ === 0
        ? failure(410, 'Expired', 'too old')
        : 'pass'
    expect(namesOf((await client.list(configMaps)).items)).toEqual(names)
    expect(refused).toBe(2)
  })

  test('a first page that is refused as too old is an error, and not asked for without end', async () => {
    const { client, cluster } = world()
    cluster.decide = () => failure(410, 'Expired', 'too old')
    const error = await rejectionOf(client.list(configMaps))
    expect(error).toMatchObject({ cluster: { status: 410 } })
    expect(cluster.requests).toHaveLength(1)
  })

  test('a list by label and field has what they select, of every namespace', async () => {
    const { client, cluster } = world()
    for (const [name, node, app] of [
      ['one', 'left', 'a'],
      ['two', 'left', 'b'],
      ['three', 'right', 'a'],
    ])
      cluster.put(`/api/v1/namespaces/${name}/pods/${name}`, {
        metadata: { labels: { app: app ?? '' } },
        spec: { nodeName: node },
      })
    const { items } = await client.list(
      { apiVersion: 'v1', resource: 'pods' },
      { labelSelector: 'app=a', fieldSelector: 'spec.nodeName=left' },
    )
    expect(namesOf(items)).toEqual(['one'])
  })

  test('a patch, a merge and a removal for an older version change nothing: a conflict', async () => {
    const { client, cluster } = world()
    const object = { ...configMaps, name: 'one' }
    const { resourceVersion = '' } = cluster.put(`${folder}/one`, configMap('one')).metadata
    const now = cluster.put(`${folder}/one`, configMap('one', { by: 'another' })).metadata
    const calls = (version: string): (() => Promise<unknown>)[] => [
      () =>
        client.patch(object, [{ op: 'add', path: '/data', value: {} }], {
          resourceVersion: version,
        }),
      () => client.merge(object, { data: null }, { resourceVersion: version }),
      () => client.remove(object, { resourceVersion: version }),
    ]
    for (const call of calls(resourceVersion))
      expect((await rejectionOf(call())).code).toBe('MIG_CLUSTER_CONFLICT')
    expect(await client.get(object)).toMatchObject({ data: { by: 'another' } })
    for (const call of calls(now.resourceVersion ?? '').slice(1, 2)) await call()
    expect(await client.get(object)).not.toHaveProperty('data')
  })

  test('a merge for a version keeps what its metadata says', async () => {
    const { client, cluster } = world()
    const { resourceVersion = '' } = cluster.put(`${folder}/one`, configMap('one')).metadata
    await client.merge(
      { ...configMaps, name: 'one' },
      { metadata: { labels: { a: '1' } } },
      { resourceVersion },
    )
    expect(cluster.objects.get(`${folder}/one`)?.metadata.labels).toEqual({ a: '1' })
  })

  test('a patch without a test that the server refuses is no conflict, nor is one with causes', async () => {
    const { client, cluster } = world()
    const object = { ...configMaps, name: 'one' }
    cluster.put(`${folder}/one`, configMap('one'))
    const remove = { op: 'remove', path: '/data/nothing' } as const
    expect((await rejectionOf(client.patch(object, [remove]))).code).toBe('MIG_CLUSTER_REFUSED')
    const causes = [{ reason: 'FieldValueInvalid', message: 'spec.taints: Sometimes' }]
    cluster.decide = () => failure(422, 'Invalid', 'is invalid', causes)
    const test = { op: 'test', path: '/data', value: {} } as const
    const error = await rejectionOf(client.patch(object, [test]))
    expect(error.code).toBe('MIG_CLUSTER_REFUSED')
    expect(error.message).toContain('is invalid; spec.taints: Sometimes (HTTP 422)')
  })

  test('a change goes to the status where that part is named, and else to the rest', async () => {
    const { client, cluster } = world()
    const object = { ...nodes, name: 'n' }
    cluster.put('/api/v1/nodes/n', { metadata: {}, spec: { a: 1 }, status: { b: 1 } })
    const both = { spec: { a: 2 }, status: { b: 2 } }
    await client.merge(object, both)
    expect(await client.get(object)).toMatchObject({ spec: { a: 2 }, status: { b: 1 } })
    await client.merge(object, { spec: { a: 3 }, status: { b: 3 } }, { subresource: 'status' })
    expect(await client.get(object)).toMatchObject({ spec: { a: 2 }, status: { b: 3 } })
    await client.patch(object, [{ op: 'add', path: '/status/b', value: 4 }], {
      subresource: 'status',
    })
    expect(await client.get(object)).toMatchObject({ status: { b: 4 } })
  })

  test('an apply takes a field over only with force, and changes nothing as a dry run', async () => {
    const { client, cluster } = world()
    const object = { ...configMaps, name: 'one' }
    const annotations = { owner: 'another' }
    cluster.put(`${folder}/one`, {
      ...configMap('one', { a: 'theirs' }),
      metadata: { annotations },
    })
    const fields = { data: { a: 'ours' } }
    const error = await rejectionOf(client.apply(object, fields, { fieldManager: 'us' }))
    expect(error.code).toBe('MIG_CLUSTER_CONFLICT')
    const taking = { fieldManager: 'us', force: true }
    const dry = await client.apply(object, fields, { ...taking, dryRun: true })
    expect(dry).toMatchObject({ data: { a: 'ours' } })
    expect(await client.get(object)).toMatchObject({ data: { a: 'theirs' } })
    await client.apply(object, fields, taking)
    expect(await client.get(object)).toMatchObject({ data: { a: 'ours' } })
  })

  test('remove says whether there was such an object, and leaves one with another uid', async () => {
    const { client, cluster } = world()
    const object = { ...configMaps, name: 'one' }
    const { uid = '' } = cluster.put(`${folder}/one`, configMap('one')).metadata
    const stranger = await rejectionOf(client.remove(object, { uid: 'another' }))
    expect(stranger.code).toBe('MIG_CLUSTER_CONFLICT')
    expect(await client.remove(object, { uid })).toBe(true)
    expect(await client.remove(object)).toBe(false)
  })
})
