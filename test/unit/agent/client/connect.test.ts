import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connectCluster } from '../../../../lib/agent/client/connect.js'
import { jsonLines } from '../../../../lib/agent/client/json-lines.js'
import { reasonOf, rejectionOf } from '../../../support/errors.js'

const nodes = { apiVersion: 'v1', resource: 'nodes' }

describe('the configuration of the client', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mig-nvml-client-'))
    file = join(folder, 'config')
    vi.stubEnv('KUBECONFIG', undefined)
    vi.stubEnv('HOME', folder)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })
  const write = (server: string, current = 'one'): void =>
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }],
        'current-context': current,
      }),
    )

  test('a kubeconfig that is not there is MIG_CLUSTER_CONFIG with its path', async () => {
    const error = await rejectionOf(connectCluster({ kubeconfig: file }))
    expect(error.code).toBe('MIG_CLUSTER_CONFIG')
    expect(error.message).toContain(file)
  })

  test('text that is no kubeconfig is MIG_CLUSTER_CONFIG', async () => {
    writeFileSync(file, 'clusters: [')
    expect((await rejectionOf(connectCluster({ kubeconfig: file }))).code).toBe(
      'MIG_CLUSTER_CONFIG',
    )
  })

  test('a context that the kubeconfig lacks is named', async () => {
    write('http://127.0.0.1:1')
    const error = await rejectionOf(connectCluster({ kubeconfig: file, context: 'other' }))
    expect(error).toMatchObject({ code: 'MIG_CLUSTER_CONFIG' })
    expect(error.message).toContain('other')
    write('http://127.0.0.1:1', 'missing')
    expect((await rejectionOf(connectCluster({ kubeconfig: file }))).code).toBe(
      'MIG_CLUSTER_CONFIG',
    )
  })

  test('without any kubeconfig, the error says what to name, and no local port is called', async () => {
    const error = await rejectionOf(connectCluster())
    expect(error.code).toBe('MIG_CLUSTER_CONFIG')
    expect(error.hint).toContain('KUBECONFIG')
  })

  test('a server that is no URL is MIG_CLUSTER_CONFIG', async () => {
    write('not a url')
    const client = await connectCluster({ kubeconfig: file })
    expect((await rejectionOf(client.list(nodes))).code).toBe('MIG_CLUSTER_CONFIG')
  })

  test('a port that nobody listens on is MIG_CLUSTER_UNAVAILABLE', async () => {
    write('http://127.0.0.1:1')
    const client = await connectCluster({ kubeconfig: file })
    expect(await rejectionOf(client.list(nodes))).toMatchObject({
      code: 'MIG_CLUSTER_UNAVAILABLE',
      cluster: { status: null, reason: null, retryAfterMs: null },
    })
  })

  test('a signal that is aborted before the call keeps it from being made', async () => {
    write('http://127.0.0.1:1')
    const client = await connectCluster({ kubeconfig: file })
    const call = client.list(nodes, { signal: AbortSignal.abort() })
    expect((await rejectionOf(call)).code).toBe('ABORT_ERR')
  })
})

test('without the optional package, the error names it and its versions', async () => {
  vi.resetModules()
  vi.doMock('@kubernetes/client-node', () => {
    throw new Error('Cannot find package')
  })
  const { connectCluster: connect } = await import('../../../../lib/agent/client/connect.js')
  const error = await rejectionOf(connect({ kubeconfig: '/nowhere' }))
  vi.doUnmock('@kubernetes/client-node')
  expect(error.code).toBe('MIG_PACKAGE_MISSING')
  expect(error.message).toContain('@kubernetes/client-node')
  expect(error.hint).toContain('npm install')
})

describe('lines of JSON from a stream', () => {
  const read = async (chunks: readonly Buffer[]): Promise<readonly unknown[]> => {
    const values: unknown[] = []
    for await (const value of jsonLines(Readable.from(chunks), () => {})) values.push(value)
    return values
  }

  test('are whole wherever the stream is cut into pieces, also within a character', async () => {
    const values = [{ a: 'für' }, { b: '日本' }, 3]
    const text = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
    for (let size = 1; size <= text.length; size++) {
      const chunks: Buffer[] = []
      for (let at = 0; at < text.length; at += size) chunks.push(text.subarray(at, at + size))
      expect(await read(chunks)).toEqual(values)
    }
  })

  test('that end in the middle of a line are an error, not a value less', async () => {
    expect(await reasonOf(read([Buffer.from('{"a":1}\n{"b"')]))).toBeInstanceOf(Error)
  })
})
