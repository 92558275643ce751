import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noRecord } from '../../lib/kubernetes/agent/record.js'
import { type HttpCluster, startHttpCluster } from '../support/http-cluster.js'
import { writeTestKubeconfig } from '../support/kube-config.js'
import { type CliRun, runInProcess } from './run-in-process.js'

const names = ['gpu-1', 'gpu-10']
const label = 'nvidia.com/mig.config'
const pathOf = (name: string): string => `/api/v1/nodes/${name}`

describe('mig-nvml rollout', () => {
  let folder: string
  let cluster: HttpCluster
  /** The nodes whose agent fails. */
  let failing: readonly string[]

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mig-nvml-rollout-'))
    cluster = await startHttpCluster()
    failing = []
    for (const name of names) putNode(name, 'old')
    writeTestKubeconfig(join(folder, 'config'), cluster.server)
    cluster.decide = ({ method, path }) => {
      // The agents of the nodes: what a node is to have, it has when the rollout looks again.
      if (method === 'GET' && path === '/api/v1/nodes')
        for (const [at, node] of cluster.objects) {
          const config = node.metadata.labels?.[label]
          if (
            at.startsWith('/api/v1/nodes/') &&
            config === 'new' &&
            node.metadata.annotations === undefined
          )
            putNode(
              node.metadata.name ?? '',
              config,
              failing.includes(node.metadata.name ?? '') ? 'failed' : 'success',
            )
        }
      return 'pass'
    }
  })
  afterEach(async () => {
    await cluster[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  function putNode(name: string, config: string, state?: 'success' | 'failed', more = {}): void {
    const reason = state === 'failed' ? 'a pod is in the way' : null
    const record = { ...noRecord, run: 1, config, state: state ?? null, reason }
    cluster.put(pathOf(name), {
      metadata: {
        name,
        labels: {
          'nvidia.com/gpu.present': 'true',
          ...cluster.objects.get(pathOf(name))?.metadata.labels,
          ...more,
          [label]: config,
          ...(state === undefined ? {} : { [`${label}.state`]: state }),
        },
        ...(state === undefined
          ? {}
          : { annotations: { 'mig-nvml/agent': JSON.stringify(record) } }),
      },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })
  }
  const configs = (): readonly unknown[] =>
    names.map((name) => cluster.objects.get(pathOf(name))?.metadata.labels?.[label])
  const rollout = (...args: readonly string[]): Promise<CliRun> =>
    runInProcess(['rollout', `--kubeconfig=${join(folder, 'config')}`, ...args])

  test('labels one node after the other, prints each as it moves on, and ends with their number', async () => {
    const { status, out, err } = await rollout('-c', 'new')
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(configs()).toEqual(['new', 'new'])
    const lines = out.trimEnd().split('\n')
    expect(lines.at(-1)).toBe('2 of 2 nodes are done')
    for (const name of names) {
      const own = lines.filter((line) => line.startsWith(`${name.padEnd(6)}  `))
      expect(own.map((line) => line.slice(8).trim()).at(-1)).toBe('done')
      expect(own.some((line) => /next$/.test(line))).toBe(true)
      // A line that says the same again is not printed.
      expect(new Set(own).size).toBe(own.length)
    }
  })

  test('stops after a failure with the status 1, and names the node and the reason', async () => {
    failing = ['gpu-1']
    const { status, out } = await rollout('-c', 'new')
    expect(status).toBe(1)
    expect(out).toMatch(/^gpu-1 +failed +a pod is in the way$/m)
    expect(out).toMatch(/^stopped after a failure: 0 of 2 nodes are done, no further one begins$/m)
    expect(configs().filter((config) => config === 'new')).toHaveLength(1)
  })

  test('takes as many nodes at a time and as many failures as it may', async () => {
    failing = ['gpu-1']
    const { status } = await rollout('-c', 'new', '--max-unavailable=2', '--max-failures=1')
    expect(status).toBe(0)
    expect(configs()).toEqual(['new', 'new'])
  })

  test('as a dry run shows what comes next, and labels none', async () => {
    const { status, out } = await rollout('-c', 'new', '--dry-run', '--max-unavailable=2')
    expect(status).toBe(0)
    expect(out.match(/ next$/gm)).toHaveLength(2)
    expect(configs()).toEqual(['old', 'old'])
    expect(cluster.requests.filter(({ method }) => method === 'PATCH')).toEqual([])
  })

  test('takes the nodes of its selector', async () => {
    cluster.drop(pathOf('gpu-10'))
    putNode('gpu-10', 'old', undefined, { pool: 'a' })
    const { status, out } = await rollout('-c', 'new', '-l', 'pool=a')
    expect(status).toBe(0)
    expect(out).toMatch(/^1 of 1 nodes are done$/m)
    expect(configs()).toEqual(['old', 'new'])
  })

  test('gives its Lease back in the namespace that is named', async () => {
    await rollout('-c', 'new', '--namespace=mig')
    const leases = [...cluster.objects].filter(([path]) => path.includes('/leases/'))
    expect(leases).toHaveLength(1)
    const [[path, lease] = ['', { metadata: {} }]] = leases
    expect(path).toMatch(/\/namespaces\/mig\/leases\//)
    expect(lease).toMatchObject({ spec: { holderIdentity: '' } })
  })

  test.each([
    ['--max-unavailable=0'],
    ['--max-unavailable=x'],
    ['--canary=-1'],
    ['--max-failures=1.5'],
    ['--drain-timeout=0'],
  ])('refuses %s as a wrong command line, and calls nobody', async (option) => {
    const { status, err } = await rollout('-c', 'new', option)
    expect(status).toBe(2)
    expect(err).toContain(option.split('=')[0])
    expect(cluster.requests).toEqual([])
  })
})
