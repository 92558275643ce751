import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { formatNodeLayout, nodeLayout } from '../../lib/kubernetes.js'
import { stateOf } from '../support/state.js'
import { runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-nodes-'))
const kubeconfig = join(folder, 'config')
const state = stateOf([{ key: 'A100-SXM4-40GB', instances: ['3g.20gb@0'] }])
const layout = nodeLayout({ state, pods: [], held: [], processes: [], run: 0, now: Date.now() })
const items = [
  { metadata: { name: 'gpu-1', annotations: { 'mig-nvml/layout': formatNodeLayout(layout) } } },
  { metadata: { name: 'cpu-1' } },
]
let asked = ''
let status = 200
const server = createServer((request, response) => {
  asked = request.url ?? ''
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify(
      status === 200
        ? { kind: 'NodeList', metadata: { resourceVersion: '1' }, items }
        : {
            kind: 'Status',
            reason: 'Forbidden',
            message: 'nodes is forbidden: User "eve" cannot list',
          },
    ),
  )
})

const writeConfig = (address: string): void =>
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: address, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'here',
    }),
  )

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  writeConfig(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const nodes = (...args: readonly string[]) =>
  runInProcess(['nodes', `--kubeconfig=${kubeconfig}`, ...args])

describe('mig-nvml nodes', () => {
  test('draws the nodes with GPUs, and leaves out those without', async () => {
    const { status, out } = await nodes()
    expect(status).toBe(0)
    expect(out).toMatch(/^gpu-1 /m)
    expect(out).toMatch(/^free: 1x 3g\.20gb$/m)
    expect(out).not.toMatch(/cpu-1/)
  })

  test('gives its selector to the cluster, and shows every node of it', async () => {
    const { out } = await nodes('-l', 'pool=a')
    expect(asked).toContain('labelSelector=pool%3Da')
    expect(out).toMatch(/^cpu-1 /m)
  })

  test('gives the same data as JSON and as YAML', async () => {
    const json = JSON.parse((await nodes('-o', 'json')).out)
    expect(json.nodes).toMatchObject([{ name: 'gpu-1', free: { '3g.20gb': 1 }, source: 'agent' }])
    expect(parse((await nodes('-o', 'yaml')).out)).toEqual(json)
  })

  test('refuses the name of a node that the cluster does not have', async () => {
    const { status, err } = await nodes('gpu-1', 'gpu-9')
    expect(status).toBe(1)
    expect(err).toMatch(/MIG_CLUSTER_NOT_FOUND: the cluster has no node gpu-9/)
  })

  test('says which permission is missing', async () => {
    status = 403
    const { status: end, err } = await nodes()
    status = 200
    expect(end).toBe(1)
    expect(err).toMatch(
      /MIG_CLUSTER_FORBIDDEN: list nodes: nodes is forbidden: User "eve" cannot list/,
    )
  })

  test('says that there is no such context, no kubeconfig, and no server that answers', async () => {
    expect((await nodes('--context', 'there')).err).toMatch(/there is no context there/)
    expect((await runInProcess(['nodes', '--kubeconfig=/nowhere'])).err).toMatch(
      /MIG_CLUSTER_CONFIG: .*\/nowhere/,
    )
    const { port } = server.address() as AddressInfo
    writeConfig('http://127.0.0.1:1')
    const { status: end, err } = await nodes()
    writeConfig(`http://127.0.0.1:${port}`)
    expect(end).toBe(1)
    expect(err).toMatch(/MIG_CLUSTER_UNAVAILABLE: list nodes: 127\.0\.0\.1:1 does not answer/)
  })

  test('refuses a format that it does not have', async () => {
    const { status, err } = await nodes('-o', 'jsn')
    expect(status).toBe(2)
    expect(err).toMatch(/--output takes wide, json, yaml/)
  })
})
