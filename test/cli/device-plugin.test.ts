import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSimulatedMachine, writeRootTree } from '../../lib/simulator.js'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { type FakeKubelet, startFakeKubelet } from '../support/fake-kubelet.js'
import { divide } from '../support/machine-root.js'
import { runInProcess } from './run-in-process.js'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const small = 'nvidia.com/mig-1g.5gb'
const patience = { timeout: 120_000, interval: 10 }

let folder: string
let machine: SimulatedMachine
let kubelet: FakeKubelet
let children: ChildProcessWithoutNullStreams[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-plugin-'))
  machine = createSimulatedMachine('A100-SXM4-40GB +mig', { store: join(folder, 'store') })
  writeRootTree(machine, join(folder, 'root'))
  await divide(machine, { 0: { '1g.5gb': 2 } })
  kubelet = await startFakeKubelet(folder)
  children = []
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  kubelet.stop()
  machine.close()
  rmSync(folder, { recursive: true, force: true })
})

const words = (...more: readonly string[]): readonly string[] => [
  'device-plugin',
  ...['--strategy', 'mixed', '--kubelet-dir', folder, '--interval-ms', '20'],
  ...['--cdi-file', join(folder, 'cdi', 'spec.json'), '--root', join(folder, 'root')],
  ...['--store', join(folder, 'store'), ...more],
]

function start(...more: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [cli, ...words(...more)])
  children.push(child)
  return child
}

const countOf = (resource: string): number =>
  Object.values(kubelet.listsOf(resource).at(-1) ?? {}).filter((health) => health === 'Healthy')
    .length

test('device-plugin prints what it offers, follows an apply of another process, and ends with 0 on SIGTERM', async () => {
  const child = start()
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => String((await lines.next()).value)
  expect(await next()).toBe(`${small}: 2 devices`)
  expect(await next()).toBe(`${small}: registered with the kubelet`)
  await divide(machine, { 0: { '1g.5gb': 3 } })
  await expect.poll(() => countOf(small), patience).toBe(3)
  expect(await next()).toBe(`${small}: 3 devices`)
  expect(kubelet.registered).toEqual([small])
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  await expect.poll(() => kubelet.isConnected(small), patience).toBe(false)
})

test('a device-plugin that is killed is replaced by the next one', async () => {
  const first = start()
  await expect.poll(() => countOf(small), patience).toBe(2)
  const ended = once(first, 'exit')
  first.kill('SIGKILL')
  await ended
  await expect.poll(() => kubelet.isConnected(small), patience).toBe(false)
  start()
  await expect.poll(() => kubelet.isConnected(small) && countOf(small), patience).toBe(2)
  expect(kubelet.registered).toEqual([small, small])
})

test('a second device-plugin ends with 1 and says that another runs', async () => {
  start()
  await expect.poll(() => countOf(small), patience).toBe(2)
  const { status, err } = await runInProcess(words())
  expect(status).toBe(1)
  expect(err).toContain('another device plugin answers at')
  expect(kubelet.isConnected(small)).toBe(true)
})

test('device-plugin --json prints JSON lines', async () => {
  const child = start('--json')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect(JSON.parse(String((await lines.next()).value))).toMatchObject({
    kind: 'offered',
    resource: small,
    devices: [{ problem: null }, { problem: null }],
  })
})

test('device-plugin says where the numbers of device nodes come from when a machine has none', async () => {
  const without = words().filter((word) => word !== '--root' && word !== join(folder, 'root'))
  const { err } = await runInProcess([...without, '--timeout', '1'])
  expect(err).toMatch(/^no new device is offered: the state has no numbers of device nodes/m)
  expect(err).toMatch(/^hint: .*root/m)
})

test('the time limit ends device-plugin with 124', async () => {
  const { status } = await runInProcess([...words(), '--timeout', '1'])
  expect(status).toBe(124)
})

test.each([
  [['--strategy', 'all'], "--strategy takes none, single, mixed, not 'all'"],
  [['--device-list', 'mounts'], "--device-list takes cdi, envvar, not 'mounts'"],
  [['--ignored-xids', '13,x'], "--ignored-xids takes numbers or all, not 'x'"],
  [['--cdi-kind', 'gpu'], '--cdi-kind takes a vendor and a class'],
  [['--cdi-file', 'none', '--driver-root', '/'], '--merge and --driver-root need a --cdi-file'],
  [['--cdi-file', 'none', '--merge', '/x.yaml'], '--merge and --driver-root need a --cdi-file'],
  [['--merge', '/x.yaml', '--driver-root', '/'], '--merge and --driver-root cannot be combined'],
])('device-plugin %j is a wrong command line', async (more, message) => {
  const { status, err } = await runInProcess(words(...more))
  expect(status).toBe(2)
  expect(err).toContain(message)
})

test('device-plugin without a strategy is a wrong command line, and a variable may name it', async () => {
  const without = words().filter((word) => word !== '--strategy' && word !== 'mixed')
  expect((await runInProcess(without)).err).toContain('--strategy is missing')
  const env = { MIG_STRATEGY: 'mixed' }
  expect((await runInProcess([...without, '--timeout', '1'], { env })).status).toBe(124)
})
