import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readMigState } from '../../lib/index.js'
import { deviceClasses, resourceSlices } from '../../lib/kubernetes.js'
import { openSimulatedMachine } from '../../lib/simulator.js'
import type { ResourceSlice } from '../../types/kubernetes/dra/objects.js'
import { runInProcess } from './run-in-process.js'

const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-slices-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const store = join(folder, 'machine')
const machine = ['--simulate', 'A100-SXM4-40GB +mig, T4', '--store', store]
const slices = (...args: readonly string[]) => runInProcess(['slices', ...args, ...machine])

async function expected(partitions: 'existing' | 'all'): Promise<readonly unknown[]> {
  using opened = openSimulatedMachine(store)
  const state = await readMigState({ library: opened.library })
  return resourceSlices(state, { node: 'worker-1', partitions, cudaVersion: '13.0' })
}

test('slices prints the slices of the node as YAML documents, none of them with aliases', async () => {
  const { status, out, err } = await slices('--node-name', 'worker-1', '--partitions', 'all')
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(out).not.toMatch(/[&*]a\d/)
  const documents = parseAllDocuments(out).map((document) => document.toJSON())
  expect(documents).toEqual(await expected('all'))
})

test('slices --classes --json prints the classes of the published profiles before the slices, in one list', async () => {
  const args = ['--node-name', 'worker-1', '--partitions', 'all', '--classes', '--json']
  const { status, out } = await slices(...args)
  expect(status).toBe(0)
  const { kind, apiVersion, items } = JSON.parse(out)
  expect({ kind, apiVersion }).toEqual({ kind: 'List', apiVersion: 'v1' })
  const profiles = ['1g.10gb', '1g.5gb', '1g.5gb+me', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']
  expect(items).toEqual([...deviceClasses(profiles), ...(await expected('all'))])
})

test('slices has what is there by default, and takes driver, generation and form of counters from its options', async () => {
  const { out } = await slices('--node-name', 'worker-1', '--json')
  expect(JSON.parse(out).items).toEqual(await expected('existing'))
  const args = ['--dra-driver', 'mig.example.com', '--generation', '3', '--counters', 'combined']
  const other = await slices('--node-name', 'n', '--partitions', 'all', ...args, '--json')
  const [first, ...more] = JSON.parse(other.out).items
  expect(more).toHaveLength(1)
  expect(first).toMatchObject({
    metadata: { name: 'n-mig.example.com-000' },
    spec: { driver: 'mig.example.com', pool: { generation: 3 }, sharedCounters: [{}] },
  })
})

test('slices --order room lists the 3g.20gb at the upper half first, as deviceOrder does', async () => {
  const { out } = await slices(
    '--node-name',
    'n',
    '--partitions',
    'all',
    '--order',
    'room',
    '--json',
  )
  const items: readonly ResourceSlice[] = JSON.parse(out).items
  const names = (items[1]?.spec.devices ?? []).map(({ name }) => name)
  expect(names.filter((name) => name.includes('3g20gb'))).toEqual([
    'gpu-0-mig-3g20gb-9-4',
    'gpu-0-mig-3g20gb-9-0',
  ])
  expect(names).toHaveLength(25)
})

test('slices --plan prints the slices after an apply, and changes nothing', async () => {
  const { status, out } = await slices('--node-name', 'n', '--plan', '--gpu', '0', '3g.20gb')
  expect(status).toBe(0)
  expect(out).toContain('name: gpu-0-mig-3g20gb-9-4')
  expect((await slices('--node-name', 'n')).out).not.toContain('mig-3g20gb')
})

test('slices takes the name of the node from $NODE_NAME', async () => {
  const { out } = await runInProcess(['slices', ...machine], { env: { NODE_NAME: 'worker-2' } })
  expect(out).toContain('nodeName: worker-2')
})

test.each([
  [[], '--node-name is missing'],
  [['--node-name', 'n', '--partitions', 'some'], "--partitions takes existing, all, not 'some'"],
  [['--node-name', 'n', '--gpu', '0'], '--gpu needs --plan'],
  [['--node-name', 'n', '3g.20gb'], "unexpected argument '3g.20gb'"],
  [['--node-name', 'n', '--generation=-1'], '--generation takes a whole number from 0'],
])('slices %j is a wrong command line', async (args, message) => {
  const { status, err } = await slices(...args)
  expect(status).toBe(2)
  expect(err).toContain(message)
})

test.each([
  ['--node-name', 'Worker 1'],
  ['--node-name', 'a'.repeat(181)],
  ['--dra-driver', 'gpu_nvidia'],
])('slices %s %s is a wrong command line, and the error names the option', async (option, text) => {
  const { status, out, err } = await slices('--node-name', 'worker-1', option, text)
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(err).toContain(`mig-nvml slices: ${option} takes a name of Kubernetes`)
})
