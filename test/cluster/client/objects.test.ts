import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectCluster } from '../../../lib/agent/client/connect.js'
import type { ClusterClient, ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { rejectionOf } from '../../support/errors.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { type FaultProxy, startFaultProxy } from '../harness/fault-proxy.js'
import { addBareNode, conditionOf } from '../harness/simulated-node.js'
import { hasNoCluster } from '../programs.js'

const configMaps = { apiVersion: 'v1', resource: 'configmaps', namespace: 'default' }
const nodes = { apiVersion: 'v1', resource: 'nodes' }
const configMap = (name: string, data: Record<string, string> = {}): ClusterObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { test: 'objects' } },
  data,
})
const taintsOf = (node: ClusterObject | null): unknown =>
  (node?.['spec'] as { readonly taints?: unknown } | undefined)?.taints

describe.skipIf(hasNoCluster())('the client on the real API server', () => {
  let cluster: ControlPlane
  let proxy: FaultProxy
  let client: ClusterClient
  beforeAll(async () => {
    cluster = await startControlPlane()
    proxy = await startFaultProxy(cluster)
    client = await connectCluster({ kubeconfig: cluster.kubeconfig })
    await addBareNode(client, 'node-1')
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })
  const throughProxy = (): Promise<ClusterClient> =>
    connectCluster({ kubeconfig: proxy.kubeconfig({ token: cluster.adminToken }) })

  test('get gives an object with all its fields, and null for one that is not there', async () => {
    await client.create(configMaps, configMap('read-me', { a: '1' }))
    const found = await client.get({ ...configMaps, name: 'read-me' })
    expect(found).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } })
    expect(await client.get({ ...configMaps, name: 'nobody' })).toBeNull()
  })

  test('an object that exists already is a conflict', async () => {
    await client.create(configMaps, configMap('twice'))
    const error = await rejectionOf(client.create(configMaps, configMap('twice')))
    expect(error).toMatchObject({
      code: 'MIG_CLUSTER_CONFLICT',
      cluster: { status: 409, reason: 'AlreadyExists', retryAfterMs: null },
    })
  })

  test('a misspelt field is refused and not dropped', async () => {
    const wrong = { ...configMap('misspelt'), dta: { a: '1' } }
    const error = await rejectionOf(client.create(configMaps, wrong))
    expect(error.code).toBe('MIG_CLUSTER_REFUSED')
    expect(error.message).toContain('dta')
  })

  test('a list of more objects than one answer takes has all of them once', async () => {
    const namespace = { apiVersion: 'v1', resource: 'configmaps', namespace: 'kube-public' }
    const names = Array.from({ length: 512 }, (_, index) => `many-${index}`)
    for (let start = 0; start < names.length; start += 16)
      await Promise.all(
        names.slice(start, start + 16).map((name) => client.create(namespace, configMap(name))),
      )
    const { items } = await client.list(namespace, { labelSelector: 'test=objects' })
    expect(items.map((item) => item.metadata.name).sort()).toEqual([...names].sort())

    // The second page comes too late: the server has forgotten the moment of the first.
    let refused = 0
    proxy.decide(({ url }) => {
      if (!url.searchParams.has('continue') || refused > 0) return 'pass'
      refused++
      return { status: 410, body: { kind: 'Status', code: 410, reason: 'Expired' } }
    })
    const again = await (await throughProxy()).list(namespace, { labelSelector: 'test=objects' })
    expect(refused).toBe(1)
    expect(again.items.map((item) => item.metadata.name).sort()).toEqual([...names].sort())
  })

  test('a JSON patch and a merge patch of another version change nothing: a conflict', async () => {
    const { resourceVersion = '' } = (await client.create(configMaps, configMap('versions')))
      .metadata
    const object = { ...configMaps, name: 'versions' }
    await client.merge(object, { data: { by: 'somebody else' } })
    const patches = [
      () => client.patch(object, [{ op: 'add', path: '/data', value: {} }], { resourceVersion }),
      () => client.merge(object, { data: null }, { resourceVersion }),
      () => client.remove(object, { resourceVersion }),
    ]
    for (const patch of patches)
      expect(await rejectionOf(patch())).toMatchObject({ code: 'MIG_CLUSTER_CONFLICT' })
    expect(await client.get(object)).toMatchObject({ data: { by: 'somebody else' } })
  })

  test('a patch of the right version with an impossible value is refused, and is no conflict', async () => {
    const node = await client.get({ ...nodes, name: 'node-1' })
    const { resourceVersion = '' } = node?.metadata ?? {}
    const taints = [{ key: 'no key', effect: 'Sometimes' }]
    const error = await rejectionOf(
      client.patch(
        { ...nodes, name: 'node-1' },
        [{ op: 'add', path: '/spec/taints', value: taints }],
        { resourceVersion },
      ),
    )
    expect(error).toMatchObject({ code: 'MIG_CLUSTER_REFUSED', cluster: { status: 422 } })
    expect(error.message).toContain('Sometimes')
  })

  test("a taint that a JSON patch adds stands beside the administrator's", async () => {
    const object = { ...nodes, name: 'node-1' }
    const others = { key: 'administrator', effect: 'NoSchedule' }
    const own = { key: 'mig-nvml/maintenance', effect: 'NoSchedule' }
    await client.merge(object, { spec: { taints: [others] } })
    const { resourceVersion = '' } = (await client.get(object))?.metadata ?? {}
    const patched = await client.patch(
      object,
      [{ op: 'add', path: '/spec/taints/-', value: own }],
      { resourceVersion },
    )
    expect(taintsOf(patched)).toEqual([others, own])
    await client.merge(object, { spec: { taints: null } })
  })

  test('a label that an owner no longer applies goes, and those of others stay', async () => {
    const object = { ...nodes, name: 'node-1' }
    const labels = (values: object): object => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1', labels: values },
    })
    const how = { fieldManager: 'mig-nvml' }
    await client.apply(object, labels({ 'a.test/one': '1', 'a.test/two': '2' }), how)
    const { metadata } = await client.apply(object, labels({ 'a.test/one': '1' }), how)
    expect(metadata.labels).toMatchObject({
      'a.test/one': '1',
      'kubernetes.io/hostname': 'node-1',
    })
    expect(metadata.labels).not.toHaveProperty('a.test/two')
  })

  test('a field of another owner is a conflict, unless it is taken over; a dry run changes nothing', async () => {
    const object = { ...nodes, name: 'node-1' }
    const body = (value: string): object => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1', labels: { 'a.test/owned': value } },
    })
    await client.apply(object, body('theirs'), { fieldManager: 'another' })
    const error = await rejectionOf(
      client.apply(object, body('ours'), { fieldManager: 'mig-nvml' }),
    )
    expect(error.code).toBe('MIG_CLUSTER_CONFLICT')
    expect(error.message).toContain('another')
    const taking = { fieldManager: 'mig-nvml', force: true }
    const dry = await client.apply(object, body('ours'), { ...taking, dryRun: true })
    expect(dry.metadata.labels).toHaveProperty(['a.test/owned'], 'ours')
    expect((await client.get(object))?.metadata.labels).toHaveProperty(['a.test/owned'], 'theirs')
    const taken = await client.apply(object, body('ours'), taking)
    expect(taken.metadata.labels).toHaveProperty(['a.test/owned'], 'ours')
  })

  test('a condition that is applied to the status leaves the conditions of the kubelet alone', async () => {
    const object = { ...nodes, name: 'node-1' }
    const condition = {
      type: 'MigConfigured',
      status: 'True',
      reason: 'Applied',
      message: 'all is well',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      lastHeartbeatTime: '2026-01-01T00:00:00Z',
    }
    const fields = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1' },
      status: { conditions: [condition] },
    }
    const node = await client.apply(object, fields, {
      fieldManager: 'mig-nvml',
      subresource: 'status',
    })
    expect(conditionOf(node, 'MigConfigured')).toBe('True')
    expect(conditionOf(node, 'Ready')).toBe('True')
  })

  test('fields that the typed models of the client package drop reach the server', async () => {
    const slices = { apiVersion: 'resource.k8s.io/v1', resource: 'resourceslices' }
    const spec = {
      driver: 'gpu.nvidia.com',
      pool: { name: 'node-1', generation: 1, resourceSliceCount: 1 },
      nodeName: 'node-1',
      madeUpField: 'seen',
      devices: [],
    }
    const slice = {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceSlice',
      metadata: { name: 'raw' },
      spec,
    }
    const error = await rejectionOf(
      client.apply({ ...slices, name: 'raw' }, slice, { fieldManager: 'mig-nvml' }),
    )
    expect(error.message).toContain('madeUpField')
  })

  test('remove reports whether there was such an object, and leaves one with another uid', async () => {
    const { uid } = (await client.create(configMaps, configMap('remove-me'))).metadata
    const object = { ...configMaps, name: 'remove-me' }
    const stranger = client.remove(object, { uid: '00000000-0000-0000-0000-000000000000' })
    expect(await rejectionOf(stranger)).toMatchObject({ code: 'MIG_CLUSTER_CONFLICT' })
    expect(await client.remove(object, uid === undefined ? {} : { uid })).toBe(true)
    expect(await client.remove(object)).toBe(false)
  })

  test('a change of an object that is not there is MIG_CLUSTER_NOT_FOUND', async () => {
    const error = await rejectionOf(client.merge({ ...configMaps, name: 'nobody' }, { data: {} }))
    expect(error).toMatchObject({ code: 'MIG_CLUSTER_NOT_FOUND', cluster: { status: 404 } })
  })

  test.each([
    [429, { 'retry-after': '7' }, 'MIG_CLUSTER_UNAVAILABLE', 7000],
    [500, {}, 'MIG_CLUSTER_UNAVAILABLE', null],
    [503, {}, 'MIG_CLUSTER_UNAVAILABLE', null],
    [403, {}, 'MIG_CLUSTER_FORBIDDEN', null],
    [400, {}, 'MIG_CLUSTER_REFUSED', null],
  ])('an answer %d is a typed error that carries the wait', async (status, headers, code, wait) => {
    proxy.decide(() => ({ status, headers }))
    const error = await rejectionOf((await throughProxy()).list(nodes))
    expect(error).toMatchObject({ code, cluster: { status, retryAfterMs: wait } })
  })

  test.each(['cut', 'half'] as const)(
    'an answer that the connection does not bring whole (%s) is MIG_CLUSTER_UNAVAILABLE',
    async (fate) => {
      proxy.decide(() => fate)
      const error = await rejectionOf((await throughProxy()).list(nodes))
      expect(error).toMatchObject({ code: 'MIG_CLUSTER_UNAVAILABLE', cluster: { status: null } })
    },
  )

  test('a server that does not answer is given up at the limit of the call, and by a signal', async () => {
    proxy.decide(() => 'hang')
    const patient = await throughProxy()
    const late = await rejectionOf(patient.list(nodes, { timeoutMs: 100 }))
    expect(late.code).toBe('MIG_CLUSTER_UNAVAILABLE')
    expect(late.message).toContain('100 ms')
    const controller = new AbortController()
    const stopped = rejectionOf(patient.list(nodes, { signal: controller.signal }))
    controller.abort(new Error('enough'))
    expect(await stopped).toMatchObject({ code: 'ABORT_ERR', name: 'AbortError' })
  })
})
