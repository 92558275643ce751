import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rejectionOf } from '../../../support/errors.js'
import { failure } from '../../../support/http-cluster-objects.js'
import { writeTestKubeconfig } from '../../../support/kube-config.js'
import { eachTestConnects } from './client-on-http.js'

const nodes = { apiVersion: 'v1', resource: 'nodes' }

/** As the service account of a pod. */
const userOf = (tokenFile: string): object => ({
  'auth-provider': { name: 'tokenFile', config: { tokenFile } },
})

describe('a call over HTTP', () => {
  const world = eachTestConnects()

  test.each([
    [400, 'MIG_CLUSTER_REFUSED'],
    [401, 'MIG_CLUSTER_FORBIDDEN'],
    [403, 'MIG_CLUSTER_FORBIDDEN'],
    [404, 'MIG_CLUSTER_NOT_FOUND'],
    [409, 'MIG_CLUSTER_CONFLICT'],
    [422, 'MIG_CLUSTER_REFUSED'],
    [429, 'MIG_CLUSTER_UNAVAILABLE'],
    [500, 'MIG_CLUSTER_UNAVAILABLE'],
    [503, 'MIG_CLUSTER_UNAVAILABLE'],
    [302, 'MIG_CLUSTER_REFUSED'],
  ])('an answer %d is %s with its status, reason and text', async (status, code) => {
    const { client, cluster } = world()
    cluster.decide = () => failure(status, 'Because', 'it is so')
    const error = await rejectionOf(client.list(nodes))
    expect(error).toMatchObject({
      code,
      cluster: { status, reason: 'Because', retryAfterMs: null },
    })
    expect(error.message).toBe(`list nodes: it is so (HTTP ${status})`)
  })

  test.each([
    [{ 'retry-after': '7' }, {}, 7000],
    [{ 'retry-after': '0' }, {}, 0],
    [{}, { retryAfterSeconds: 3 }, 3000],
    [{ 'retry-after': '7' }, { retryAfterSeconds: 3 }, 7000],
    [{ 'retry-after': '-1' }, {}, null],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, {}, null],
  ])('the wait that headers %j and details %j ask for is %s ms', async (headers, details, wait) => {
    const { client, cluster } = world()
    cluster.decide = () => ({ status: 429, headers, body: { kind: 'Status', details } })
    const error = await rejectionOf(client.list(nodes))
    expect(error).toMatchObject({ cluster: { retryAfterMs: wait } })
  })

  test.each([
    ['<html>no</html>', '<html>no</html>'],
    ['', 'no reason given'],
    ['null', 'null'],
    [`${'x'.repeat(200)}the rest`, 'x'.repeat(200)],
    [
      '{"message":"twice","details":{"causes":[{"message":"twice"},{"reason":"Once"}]}}',
      'twice; Once',
    ],
    ['{"message":"","details":{"causes":[{"message":"the cause"},{}]}}', 'the cause'],
  ])('an answer 502 with the body %j says %j', async (body, text) => {
    const { client, cluster } = world()
    cluster.decide = () => ({ status: 502, body })
    const error = await rejectionOf(client.list(nodes))
    expect(error.message).toBe(`list nodes: ${text} (HTTP 502)`)
  })

  test.each(['cut', 'half'] as const)(
    'an answer that the connection does not bring whole (%s) is MIG_CLUSTER_UNAVAILABLE, and no later call',
    async (fate) => {
      const { client, cluster } = world()
      cluster.decide = () => fate
      const error = await rejectionOf(client.list(nodes))
      expect(error).toMatchObject({ code: 'MIG_CLUSTER_UNAVAILABLE', cluster: { status: null } })
      cluster.decide = () => 'pass'
      expect((await client.list(nodes)).items).toEqual([])
    },
  )

  test('a server that does not answer is given up at the limit of the call, and by a signal', async () => {
    const { client, cluster } = world()
    cluster.decide = () => 'hang'
    const late = await rejectionOf(client.list(nodes, { timeoutMs: 100 }))
    expect(late.code).toBe('MIG_CLUSTER_UNAVAILABLE')
    expect(late.message).toContain('within 100 ms')
    const hasty = await world().connect({ timeoutMs: 50 })
    expect((await rejectionOf(hasty.list(nodes))).message).toContain('within 50 ms')
    const controller = new AbortController()
    const stopped = rejectionOf(client.list(nodes, { signal: controller.signal }))
    controller.abort(new Error('enough'))
    expect(await stopped).toMatchObject({ code: 'ABORT_ERR', name: 'AbortError' })
  })

  test('a call with a signal leaves no listener behind', async () => {
    const { client } = world()
    const controller = new AbortController()
    let listeners = 0
    const { signal } = controller
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--
      remove(...args)
    }
    await client.list(nodes, { signal })
    expect(listeners).toBe(0)
  })

  test('a token that the server no longer takes is read again from its file, and the call succeeds', async () => {
    const { cluster, folder, connect } = world()
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, 'old')
    const kubeconfig = writeTestKubeconfig(join(folder, 'with-token'), cluster.server, {
      user: userOf(tokenFile),
    })
    const client = await connect({ kubeconfig })
    let valid = 'old'
    cluster.decide = ({ headers }) =>
      headers.authorization === `Bearer ${valid}` ? 'pass' : failure(401, 'Unauthorized', 'no')
    expect((await client.list(nodes)).items).toEqual([])
    valid = 'new'
    expect((await rejectionOf(client.list(nodes))).code).toBe('MIG_CLUSTER_FORBIDDEN')
    writeFileSync(tokenFile, 'new')
    expect((await client.list(nodes)).items).toEqual([])
    valid = 'newest'
    const calls = cluster.requests.length
    writeFileSync(tokenFile, valid)
    expect((await client.list(nodes)).items).toEqual([])
    expect(cluster.requests.length - calls).toBeLessThanOrEqual(2)
  })

  test('a token file that is not there is MIG_CLUSTER_CONFIG with its path', async () => {
    const { cluster, folder, connect } = world()
    const user = userOf(join(folder, 'nothing'))
    const file = join(folder, 'with-token')
    const client = await connect({
      kubeconfig: writeTestKubeconfig(file, cluster.server, { user }),
    })
    const error = await rejectionOf(client.list(nodes))
    expect(error.code).toBe('MIG_CLUSTER_CONFIG')
    expect(error.message).toContain('nothing')
  })

  test('a server that moved is found by the kubeconfig after one failed call', async () => {
    const { cluster, folder, connect } = world()
    const kubeconfig = writeTestKubeconfig(join(folder, 'moving'), 'http://127.0.0.1:1')
    const client = await connect({ kubeconfig })
    expect((await rejectionOf(client.list(nodes))).code).toBe('MIG_CLUSTER_UNAVAILABLE')
    writeTestKubeconfig(kubeconfig, cluster.server)
    expect((await client.list(nodes)).items).toEqual([])
  })

  test('a server below a path of a proxy is called below that path', async () => {
    const { cluster, folder, connect } = world()
    const server = `${cluster.server}/k8s/clusters/c-1//`
    const kubeconfig = writeTestKubeconfig(join(folder, 'proxy'), server)
    cluster.decide = () => ({ status: 200, body: { metadata: {}, items: [] } })
    await (await connect({ kubeconfig })).list(nodes)
    expect(cluster.requests[0]?.path).toBe('/k8s/clusters/c-1/api/v1/nodes')
  })

  test('the error of each call says what was called, on which object', async () => {
    const { client, cluster } = world()
    cluster.decide = () => failure(500, 'InternalError', 'no')
    const maps = { apiVersion: 'v1', resource: 'configmaps', namespace: 'team-a' }
    const [node, map] = [
      { ...nodes, name: 'n' },
      { ...maps, name: 'm' },
    ]
    const calls: readonly (readonly [string, Promise<unknown>])[] = [
      ['get nodes n', client.get(node)],
      ['get configmaps team-a/m', client.get(map)],
      ['list nodes', client.list(nodes)],
      ['list configmaps of team-a', client.list(maps)],
      ['create configmaps team-a/m', client.create(maps, { metadata: { name: 'm' } })],
      ['patch nodes n', client.patch(node, [])],
      ['patch nodes n', client.merge(node, {})],
      ['apply nodes n', client.apply(node, {}, { fieldManager: 'us' })],
      ['remove nodes n', client.remove(node)],
    ]
    for (const [what, call] of calls)
      expect((await rejectionOf(call)).message).toBe(`${what}: no (HTTP 500)`)
  })

  test('a call says what sends it and that it takes JSON', async () => {
    const { client, cluster } = world()
    await client.list(nodes)
    expect(cluster.requests[0]?.headers).toMatchObject({
      accept: 'application/json',
      'user-agent': 'mig-nvml',
    })
  })
})
