import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createSimulatedMachine } from '../../lib/simulator.js'
import { configure } from '../support/configure.js'
import { promtoolFindings, singleValue, valuesBy } from '../support/prometheus-text.js'
import { runInProcess } from './run-in-process.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-metrics-'))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let machines = 0

/** Options that name a new machine. */
function newMachine(spec = '2x A100-SXM4-40GB +mig'): readonly string[] {
  machines += 1
  return ['--simulate', spec, '--store', join(folder, `machine-${machines}`)]
}

function newFolder(): string {
  machines += 1
  const path = join(folder, `files-${machines}`)
  mkdirSync(path)
  return path
}

const lost = ['--library', '/nonexistent/libnvidia-ml.so.1'] as const

test('metrics prints what Prometheus accepts, with the applies so far', async () => {
  const machine = newMachine()
  const input = JSON.stringify(configure({ '1g.5gb': 7 }))
  expect((await runInProcess(['apply', '-f', '-', ...machine], { input })).status).toBe(0)
  const { status, out, err } = await runInProcess(['metrics', ...machine])
  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(promtoolFindings(out) ?? '').toBe('')
  expect(singleValue(out, 'mig_up')).toBe(1)
  expect(valuesBy(out, 'mig_applies_total', 'outcome')).toMatchObject({ applied: 1, undone: 0 })
})

test('metrics -o writes a file that every user can read, and leaves no draft beside it', async () => {
  const textfiles = newFolder()
  const file = join(textfiles, 'mig.prom')
  const machine = newMachine()
  const mask = process.umask(0o022)
  for (let run = 0; run < 2; run++)
    expect(await runInProcess(['metrics', '-o', file, ...machine])).toEqual({
      status: 0,
      out: '',
      err: '',
    })
  process.umask(mask)
  expect(readdirSync(textfiles)).toEqual(['mig.prom'])
  expect(statSync(file).mode & 0o777).toBe(0o644)
  expect(promtoolFindings(readFileSync(file, 'utf8')) ?? '').toBe('')
})

test('metrics -o replaces the file of an earlier run even when the driver cannot be read, and fails', async () => {
  const file = join(newFolder(), 'mig.prom')
  writeFileSync(file, 'mig_up 1\n')
  const { status, out, err } = await runInProcess(['metrics', '-o', file, ...lost])
  expect({ status, out }).toEqual({ status: 1, out: '' })
  expect(err).toMatch(/^mig-nvml: MIG_DRIVER_NOT_FOUND: /)
  const text = readFileSync(file, 'utf8')
  expect(singleValue(text, 'mig_up')).toBe(0)
  expect(valuesBy(text, 'mig_read_failure', 'code')).toEqual({ MIG_DRIVER_NOT_FOUND: 1 })
  expect(promtoolFindings(text) ?? '').toBe('')
})

test('metrics without a file prints mig_up 0 when the driver cannot be read, and fails', async () => {
  const { status, out } = await runInProcess(['metrics', ...lost])
  expect(status).toBe(1)
  expect(singleValue(out, 'mig_up')).toBe(0)
})

test('metrics -o into a folder that is missing is an error that names it, before the driver is opened', async () => {
  const file = join(folder, 'missing', 'mig.prom')
  const { status, err } = await runInProcess(['metrics', '-o', file, ...lost])
  expect(status).toBe(1)
  expect(err).toContain('missing')
  expect(err).not.toContain('MIG_DRIVER_NOT_FOUND')
})

test('metrics takes a file or an address, not both', async () => {
  const words = ['metrics', '-o', 'x.prom', '--listen', '127.0.0.1:0', ...newMachine()]
  const { status, err } = await runInProcess(words)
  expect(status).toBe(2)
  expect(err).toContain('--output-file and --listen cannot be combined')
})

test('metrics --listen refuses an address that other computers reach', async () => {
  const { status, err } = await runInProcess(['metrics', '--listen', '0.0.0.0:0', ...newMachine()])
  expect(status).toBe(1)
  expect(err).toMatch(/^mig-nvml: MIG_LISTEN_FAILED: .*loopback/)
})

test('metrics --listen serves until SIGTERM, says where, and ends with 0', async () => {
  const child = spawn(process.execPath, [
    main,
    'metrics',
    '--listen',
    '127.0.0.1:0',
    ...newMachine(),
  ])
  children.push(child)
  const [line] = (await once(child.stderr, 'data')) as [Buffer]
  const [, url = ''] = /^serving (http:\/\/127\.0\.0\.1:\d+\/metrics); /.exec(line.toString()) ?? []
  const text = await (await fetch(url)).text()
  expect(singleValue(text, 'mig_up')).toBe(1)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test('metrics -o of a driver that hangs for ever writes that it did not answer, and ends with 124', async () => {
  const store = join(newFolder(), 'machine')
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { store })
  machine.fail({ fn: 'nvmlDeviceGetMigMode', hangMs: 600_000 })
  const file = join(newFolder(), 'mig.prom')
  const words = ['metrics', '-o', file, '--timeout-ms', '300', '--store', store]
  const { status, stderr } = spawnSync(process.execPath, [main, ...words], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(status).toBe(124)
  expect(stderr).toContain('the driver has not answered for 300 ms')
  const text = readFileSync(file, 'utf8')
  expect(singleValue(text, 'mig_up')).toBe(0)
  expect(valuesBy(text, 'mig_read_failure', 'code')).toEqual({ TIMEOUT: 1 })
})
