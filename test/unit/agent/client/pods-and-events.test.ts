import { describe, expect, test } from 'vitest'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'
import { rejectionOf } from '../../../support/errors.js'
import { failure } from '../../../support/http-cluster-objects.js'
import { eachTestConnects } from './client-on-http.js'

const pod = { namespace: 'team-a', name: 'train' }
const path = '/api/v1/namespaces/team-a/pods/train'
const evicted = { outcome: 'evicted', reason: null, retryAfterMs: null }
const absent = { outcome: 'absent', reason: null, retryAfterMs: null }

describe('evictions over HTTP', () => {
  const world = eachTestConnects()
  const run = (): string =>
    world().cluster.put(path, { metadata: { labels: { app: 'a' } } }).metadata.uid ?? ''

  test('a pod without a budget is evicted, then it is absent', async () => {
    const { client } = world()
    run()
    expect(await client.evict(pod)).toEqual(evicted)
    expect(await client.evict(pod)).toEqual(absent)
  })

  test('only the pod with the uid is evicted, and another one of its name is left', async () => {
    const { client, cluster } = world()
    const uid = run()
    expect(await client.evict(pod, { uid: 'another' })).toEqual(absent)
    expect(cluster.objects.has(path)).toBe(true)
    expect(await client.evict(pod, { uid })).toEqual(evicted)
  })

  test('a pod whose budget changes at this moment is blocked, and not absent', async () => {
    const { client, cluster } = world()
    const uid = run()
    cluster.decide = ({ method }) =>
      method === 'POST' ? failure(409, 'Conflict', 'the budget has been modified') : 'pass'
    const answer = await client.evict(pod, { uid })
    expect(answer).toMatchObject({ outcome: 'blocked', retryAfterMs: null })
    expect(answer.reason).toContain('the budget has been modified')
    expect((await client.evict(pod)).outcome).toBe('blocked')
  })

  test('a pod that is gone at the look after a conflict is absent, and a failed look is an error', async () => {
    const { client, cluster } = world()
    const uid = run()
    const conflict = failure(409, 'Conflict', 'precondition')
    cluster.decide = ({ method }) => {
      if (method === 'POST') cluster.drop(path)
      return method === 'POST' ? conflict : 'pass'
    }
    expect(await client.evict(pod, { uid })).toEqual(absent)
    cluster.decide = ({ method }) =>
      method === 'POST' ? conflict : failure(403, 'Forbidden', 'not yours')
    const error = await rejectionOf(client.evict(pod, { uid }))
    expect(error.code).toBe('MIG_CLUSTER_FORBIDDEN')
  })

  test('a budget blocks, with its name, and with the wait that the server asks for', async () => {
    const { client, cluster } = world()
    run()
    cluster.budgets.set('a', 0)
    const blocked = await client.evict(pod)
    expect(blocked).toMatchObject({ outcome: 'blocked', retryAfterMs: null })
    expect(blocked.reason).toContain('evict pod team-a/train: ')
    expect(blocked.reason).toContain('The disruption budget a needs 1 healthy pods')
    cluster.decide = () => ({
      ...failure(429, 'TooManyRequests', 'wait'),
      headers: { 'retry-after': '10' },
    })
    expect((await client.evict(pod)).retryAfterMs).toBe(10_000)
  })

  test('a pod with two budgets is blocked, and any other failure of the server is an error', async () => {
    const { client, cluster } = world()
    const two =
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
    cluster.decide = () => failure(500, 'InternalError', two)
    expect((await client.evict(pod)).outcome).toBe('blocked')
    cluster.decide = () => failure(500, 'InternalError', 'etcd has no leader')
    expect((await rejectionOf(client.evict(pod))).code).toBe('MIG_CLUSTER_UNAVAILABLE')
    cluster.decide = () => failure(403, 'Forbidden', two)
    expect((await rejectionOf(client.evict(pod))).code).toBe('MIG_CLUSTER_FORBIDDEN')
  })

  test('a dry run leaves the pod, and the grace period goes along', async () => {
    const { client, cluster } = world()
    run()
    expect(await client.evict(pod, { dryRun: true, gracePeriodSeconds: 7 })).toEqual(evicted)
    expect(cluster.objects.has(path)).toBe(true)
    expect(cluster.requests[0]?.body).toMatchObject({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: pod,
      deleteOptions: { gracePeriodSeconds: 7 },
    })
  })
})

describe('events over HTTP', () => {
  const world = eachTestConnects()
  const event = {
    regarding: { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'u' },
    type: 'Warning',
    reason: 'MigConfigBlocked',
    message: 'GPU 2 is held',
  } as const
  const recorded = (): readonly ClusterObject[] => [...world().cluster.objects.values()]

  test('an event of a node is written once with all that people read, and its count rises', async () => {
    const { client, cluster } = world()
    for (let time = 0; time < 3; time++) await client.recordEvent(event)
    await client.recordEvent({ ...event, message: 'another one' })
    expect(
      [...cluster.objects.keys()].every((key) =>
        key.startsWith('/api/v1/namespaces/default/events/node-1.'),
      ),
    ).toBe(true)
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(recorded()).toHaveLength(2)
    expect(recorded()[0]).toMatchObject({
      apiVersion: 'v1',
      kind: 'Event',
      involvedObject: event.regarding,
      type: 'Warning',
      reason: 'MigConfigBlocked',
      message: 'GPU 2 is held',
      count: 3,
      firstTimestamp: time,
      lastTimestamp: time,
      source: { component: 'mig-nvml' },
      reportingComponent: 'mig-nvml',
    })
    expect(recorded()[1]).toMatchObject({ message: 'another one', count: 1 })
  })

  test('an event of something in a namespace lies in that namespace', async () => {
    const { client, cluster } = world()
    await client.recordEvent({ ...event, regarding: { ...event.regarding, namespace: 'team-a' } })
    expect([...cluster.objects.keys()][0]).toMatch(/^\/api\/v1\/namespaces\/team-a\/events\//)
  })

  test('the name of an event about a name of 253 characters is one that the server takes', async () => {
    const { client } = world()
    await client.recordEvent({ ...event, regarding: { ...event.regarding, name: 'n'.repeat(253) } })
    const [name = ''] = recorded().map(({ metadata }) => metadata.name)
    expect(name.length).toBeLessThanOrEqual(253)
    expect(name.startsWith('n'.repeat(200))).toBe(true)
  })

  test('a failure to write it is an error, and no second try', async () => {
    const { client, cluster } = world()
    cluster.decide = () => failure(403, 'Forbidden', 'the role lacks it')
    expect((await rejectionOf(client.recordEvent(event))).code).toBe('MIG_CLUSTER_FORBIDDEN')
    expect(cluster.requests).toHaveLength(1)
  })
})
