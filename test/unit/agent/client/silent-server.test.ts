import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectCluster } from '../../../../lib/agent/client/connect.js'
import type { ClusterClient } from '../../../../types/kubernetes/cluster-client.js'
import { rejectionOf } from '../../../support/errors.js'

/** How far an answer comes. */
const silences = {
  'before its answer': () => {},
  'after the head of its answer': (response: ServerResponse) =>
    response.writeHead(200).flushHeaders(),
  'in the middle of its answer': (response: ServerResponse) => response.write('{"kind":"Status",'),
  'in the middle of an error': (response: ServerResponse) => response.writeHead(500).write('{"'),
} as const

const nodes = { apiVersion: 'v1', resource: 'nodes' }
const node = { ...nodes, name: 'node-1' }
const lease = { namespace: 'default', name: 'rollout' }
const limit = { timeoutMs: 50 }

const calls: readonly (readonly [string, (client: ClusterClient) => Promise<unknown>])[] = [
  ['get', (client) => client.get(node, limit)],
  ['list', (client) => client.list(nodes, limit)],
  ['create', (client) => client.create(nodes, { metadata: { name: 'node-1' } }, limit)],
  ['patch', (client) => client.patch(node, [], limit)],
  ['merge', (client) => client.merge(node, {}, limit)],
  ['apply', (client) => client.apply(node, {}, { fieldManager: 'a', ...limit })],
  ['remove', (client) => client.remove(node, limit)],
  ['evict', (client) => client.evict({ namespace: 'default', name: 'pod' }, limit)],
  ['holdLease', (client) => client.holdLease(lease, { holder: 'a', durationSeconds: 1, ...limit })],
  ['releaseLease', (client) => client.releaseLease(lease, { holder: 'a', ...limit })],
  [
    'recordEvent',
    (client) =>
      client.recordEvent(
        {
          regarding: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
          type: 'Normal',
          reason: 'Tried',
          message: 'a test',
        },
        limit,
      ),
  ],
]

describe('an API server that falls silent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-silent-'))
  let server: Server
  let client: ClusterClient
  let answer: (response: ServerResponse, url: string) => unknown = () => {}
  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => void answer(response, url)).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    const kubeconfig = join(folder, 'config')
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: address, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'one',
      }),
    )
    client = await connectCluster({ kubeconfig, silenceMs: 50 })
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  describe.each(Object.entries(silences))('%s', (_, fall) => {
    test.each(calls)(
      'ends the call %s at its limit, with an error that a later try may mend',
      async (name, call) => {
        answer = fall
        const error = await rejectionOf(call(client))
        expect(error.code).toBe('MIG_CLUSTER_UNAVAILABLE')
        expect(error.message, name).toContain('the API server has not answered within 50 ms')
      },
    )
  })

  test('ends no watch: it reports the interruption, and goes on by itself', async () => {
    const controller = new AbortController()
    const { signal } = controller
    let watches = 0
    answer = (response, url) => {
      if (!url.includes('watch=true'))
        return response.end('{"metadata":{"resourceVersion":"1"},"items":[]}')
      watches += 1
      // The first two that follow the changes get no answer.
      if (watches > 2)
        response.end(
          '{"type":"ADDED","object":{"metadata":{"name":"new","resourceVersion":"2"}}}\n',
        )
    }
    const seen: string[] = []
    for await (const change of client.watch(nodes, { signal })) {
      seen.push(change.kind)
      if (change.kind === 'interrupted') expect(change.error.message).toContain('silent for 50 ms')
      if (change.kind === 'added') controller.abort()
    }
    expect(seen).toEqual(['listed', 'interrupted', 'interrupted', 'resumed', 'added'])
  })
})
